"""Asks what is to be set up before it is: a socket, the database; and says what came of it."""
