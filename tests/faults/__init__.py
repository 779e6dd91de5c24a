"""Faults injected into real processes: the quick part of each in ``make test``, all in ``torture``.

A file ``scenarios_*.py`` lists its scenarios in a tuple ``SCENARIOS``; nothing else is to be done.
"""
