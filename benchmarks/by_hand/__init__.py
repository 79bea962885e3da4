"""Adjoints as a person writes them: the bar for generated code, in NumPy and compiled by Numba."""
