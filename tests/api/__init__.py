"""The public functions: arguments, errors, and how a compiled function behaves as an object."""
