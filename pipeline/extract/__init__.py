"""From words to fields: e-invoices, labels, geometry, arithmetic."""
