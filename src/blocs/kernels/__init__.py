"""Kernels: arrays in, arrays out, no labels. `plain` (numpy) says what is computed, `compiled` computes it fast."""
