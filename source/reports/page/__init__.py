"""The report of a period as one HTML page that needs nothing beside itself."""
