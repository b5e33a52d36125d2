"""Seeded generator of labelled training pages: random block trees, not templates."""
