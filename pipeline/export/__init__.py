"""To the ledger system."""
