"""Sockets: the registry of handlers, the HTTP transport, one small module per vendor."""
