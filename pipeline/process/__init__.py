"""The recipe: the stages in order, one transaction each."""
