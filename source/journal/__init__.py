"""The journal: the truth of this machine, in one SQLite file."""
