"""Sinks: copies of the journal elsewhere, kept up to date by one forwarder each."""
