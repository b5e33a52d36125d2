"""The nouns: money, documents, invoices, orders, findings, events. Standard library only."""
