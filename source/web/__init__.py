"""The web page and its JSON API; nothing of it is imported with ``WEB=off``."""
