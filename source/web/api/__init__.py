"""The endpoints below ``/api/v1``, a router for each area."""
