"""Rules of NumPy, one file a family; the registry reads them."""
