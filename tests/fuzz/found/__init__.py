"""Programs that once failed, each kept for good."""
