"""From scores to probabilities: a small logistic model per group of fields, kept as JSON."""
