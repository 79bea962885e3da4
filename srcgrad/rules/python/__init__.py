"""Rules of Python itself: built-ins, math, cmath, operator; the registry reads them."""
