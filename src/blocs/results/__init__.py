"""The answer: a Fit, saved and loaded."""
