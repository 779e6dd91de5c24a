"""Virtual sockets over real HTTP with load curves of known energy: for the demo and the tests."""
