"""Programs of every kind of Python, held against finite differences."""
