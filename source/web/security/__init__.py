"""Who may do what: passwords, sessions, tokens, and the checks before every request."""
