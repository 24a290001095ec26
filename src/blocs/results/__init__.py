"""Results: a Fit, its file, and the type of every ballot."""
