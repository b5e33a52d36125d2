"""The review desk and the HTTP API."""
