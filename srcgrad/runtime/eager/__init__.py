"""The eager tensor: PyTorch's define-by-run semantics on NumPy, and the graph that it records."""
