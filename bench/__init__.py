"""The program's figures, measured against its own simulator: ``make bench``.

Never part of the tests: what comes out depends on the machine and on what else it does.
"""
