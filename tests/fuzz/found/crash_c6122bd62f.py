"""Seed 50000673: crash."""


def f(x):
    flag2 = (x if 0.5 else 0.7) > 0.261
    return 0.5


# KeyError: 140284920813152
ARGS = (-0.3,)
