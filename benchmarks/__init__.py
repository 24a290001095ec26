"""Measurements of blocs beside other packages: `python -m benchmarks.run` from the root of the repository."""
