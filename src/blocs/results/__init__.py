"""The answer: a Fit, and the type of every ballot."""
