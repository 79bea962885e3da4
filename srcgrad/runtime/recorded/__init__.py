"""Recorded mode at run time: the operations of rewritten functions, recorded with the semantics of NumPy and Python."""
