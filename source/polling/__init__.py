"""Polling: one worker per socket, and the energy meter that turns readings into points."""
