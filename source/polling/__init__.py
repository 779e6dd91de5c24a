"""Polling: one worker per socket, and the energy meter that turns readings into points.

A reading's way: ``worker`` polls and asks ``identity`` whether it is the right socket. The meter in
``energy`` puts the state after the last reading and the new one together (``between``, with the
time from ``span``), and its ``account`` says what flowed (``flow``): by the socket's ``counter``,
whose reboots, resets, roll-overs and jumps are told apart there, and which may stand still
(``standstill``), or by its ``power``. ``phases`` and ``switching`` add their part, and what the
entry in devices.json says of all this is ``metering``. Once the point is stored, ``teller`` writes
to the log what is new, and ``stuck`` watches over handlers that do not return.
"""
