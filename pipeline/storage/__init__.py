"""Where things stay: tables, unit of work, blobs."""
