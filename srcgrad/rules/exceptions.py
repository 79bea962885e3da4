"""What the table leaves out on purpose, each with the reason."""

__all__ = ["EXCEPTIONS"]

#: Names that carry numbers but have no rule, and why.
EXCEPTIONS: dict[str, str] = {
    "numpy.ndarray.resize": "changes the size of the array in place, so the adjoint memory of its old "
    "contents has no place in the new array; numpy.resize, which returns a new array, has a rule",
}
