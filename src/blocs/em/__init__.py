"""The fit: where it begins, how it iterates, how many starts it compares."""
