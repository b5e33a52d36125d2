"""The learned parts. They recommend; policy decides."""
