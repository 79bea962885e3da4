"""Tests of srcgrad."""
