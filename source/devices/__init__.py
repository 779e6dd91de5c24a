"""Devices: the registry of socket types, the HTTP client behind them, and one module per vendor."""
