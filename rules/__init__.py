"""Policy as data: thresholds, ladders, owners, clocks and duties. Pure; imports only the domain."""
