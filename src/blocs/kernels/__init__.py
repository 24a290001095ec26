"""Kernels: arrays in, arrays out, no labels. `plain` (numpy) says what is computed, `compiled` computes it fast.

Compiled functions have no annotations: numba finds their types at the call, once for every kind of array, and reads
none; for mypy numba and its vectors have no types, so that it could check none. Each is exempt by itself, by a comment,
and the functions around them, through which everyone calls, are typed and checked. Tests compare compiled with plain.
"""
