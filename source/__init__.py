"""IntelligentSocketDatalogger: what each appliance really uses and costs."""

__version__ = "2.0.0"
