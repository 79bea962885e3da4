"""Rules of SciPy, one file a part; each is read once the program has imported that part itself."""
