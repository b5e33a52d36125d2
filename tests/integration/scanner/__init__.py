"""The virus scanner as it really is."""
