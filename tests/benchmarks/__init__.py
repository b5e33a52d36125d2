"""Measurements on document sets with known truth; not part of the test-suite."""
