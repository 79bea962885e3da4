"""Generated code, kept as text, byte for byte."""
