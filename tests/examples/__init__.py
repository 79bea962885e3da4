"""Tests of the example programs, at reduced sizes."""
