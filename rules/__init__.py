"""Policy as data: tolerances, approvals, authority, duties, service levels."""
