"""What the programs of item 5 import from another module."""

CONSTANT = 4.0


def squared(x):
    return x * x


def cubed(x):
    return squared(x) * x


class Shape:
    def __init__(self, side):
        self.side = side

    def area(self):
        return squared(self.side)
