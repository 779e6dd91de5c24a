"""How true the energy is, method by method, against known truth: ``make accuracy``.

The simulator's load curves are the truth: their integral is exact. Sockets with these loads are
polled through everything that goes wrong in a household, and the points go the program's own way,
through energy meter and journal to the totals of a report.
"""
