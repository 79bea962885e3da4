"""Random programs held against finite differences."""
