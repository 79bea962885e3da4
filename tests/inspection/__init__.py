"""Tests of what looks inside: the command line and the error pages."""
