"""The passes of `srcgrad.transform.normalize`, one construct a file."""
