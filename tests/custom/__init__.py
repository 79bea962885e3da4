"""Derivatives that users write themselves, and what is built on them."""
