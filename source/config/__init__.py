"""Configuration: environment, .env, config.json and devices.json become frozen models."""
