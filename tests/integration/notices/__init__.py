"""Notices over a real SMTP connection."""
