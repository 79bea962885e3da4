"""Seed 40000073: gradient."""


def f(x):
    while False:
        x = 0.5
    return x


# np.float64(-1.049529329949121) along a direction, differences say 2.2116388030432805
ARGS = (-0.6,)
