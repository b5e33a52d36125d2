"""Invoice against order against receipt."""
