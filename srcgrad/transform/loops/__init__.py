"""Lowering: generated gradients as explicit loops over elements, for Numba."""
