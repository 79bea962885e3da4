"""Calls, closures, exceptions and containers."""

import collections
import functools
import math

import numpy as np

from tests.recorded.programs import program, vector

GSTATE = 0.0


@program(vector())
def excepts(a):
    t = a[0]
    try:
        t = t * 2
        if t > 0:
            raise ValueError(t)
    except ValueError as e:
        t = t + e.args[0] * a[1]
    else:
        t = 0
    finally:
        t = t * a[2]

    def g():
        try:
            return a[3] * 2
        finally:
            pass

    try:
        math.sqrt(-a[0])
    except ValueError:
        t = t * 2
    try:
        1 / (a[0] - a[0])
    except ZeroDivisionError:
        t = t * 3
    return t + g()


@program(vector())
def nonlocals(a):
    total = a[0]

    def add(v):
        nonlocal total
        total += v
        total *= 1.1

    for v in a:
        add(v)
    return total


@program(vector())
def partials(a):

    def h(k, x, *, s=1.0):
        return k * x * s

    p = functools.partial(h, a[0], s=a[1])
    q = functools.partial(p, s=a[2])
    return p(a[3]) + q(2.0) + functools.reduce(lambda u, v: u * v, [a[0], a[1]], a[2])


@program(vector())
def lru(a):

    @functools.lru_cache
    def h(x):
        return x * a[1]

    return h(a[0]) + h(a[0])


@program(vector())
def formatting(a):
    s = (
        f"{a[0]:.1f} {a[0] > 0!r}"
        + "%.1f" % (a[1] + 0.01)
        + "{:.1f}".format(a[2] + 0.02)
        + str(a[3] > 0)
        + repr([a[0] > 0])
    )
    return a[0] * len(s)


@program(vector())
def named(a):
    T = collections.namedtuple("T", "p q")
    t = T(a[0], a[1])
    t = t._replace(q=a[2])
    c = collections.defaultdict(float)
    c["a"] += t.p
    c["a"] *= t.q
    o = collections.OrderedDict(x=a[0])
    o["y"] = a[1]
    cm = collections.ChainMap({"z": a[2]}, o)
    return c["a"] + sum(o.values()) + cm["z"] * cm["x"]


@program(vector())
def decorators(a):

    def twice(fn):

        @functools.wraps(fn)
        def inner(*args, **k):
            return fn(*args, **k) * 2 + a[0]

        return inner

    def with_arg(k):

        def d(fn):
            return lambda *s: fn(*s) * k

        return d

    @twice
    @with_arg(a[1])
    def h(x):
        return x * x

    return h(a[2])


@program(vector())
def closures_list(a):
    fs = [lambda x, k=k: x * k * a[k] for k in range(3)]
    fs2 = []
    for k in range(3):

        def f(x):
            return x + k

        fs2.append(f)
    d = {"s": math.sin, "c": np.cos}
    return sum((f(a[1]) for f in fs)) + fs2[0](a[0]) + d["s"](a[0]) + d["c"](a[1])


@program(vector())
def del_pop(a):
    l = [a[0], a[1], a[2]]
    del l[0]
    l.insert(0, a[3])
    x = l.pop()
    l += [x * 2]
    l[1:2] = [a[0], a[0] * 2]
    l.reverse()
    l = l * 2 + [a[1]]
    l.sort(key=lambda t: -t)
    return sum((v * (k + 1) for k, v in enumerate(l)))


@program(vector())
def counters(a):
    c = collections.Counter()
    c["x"] += a[0]
    c.update({"x": a[1], "y": a[2]})
    return c["x"] * c["y"] + sum(c.values()) + c.total()


@program(vector())
def exceptions_carry(a):

    class E(Exception):
        def __init__(self, v, **k):
            super().__init__("m", v)
            self.v = v * 2
            self.k = k

    def thrower(x):
        if x > 0:
            raise E(x, z=a[1])

    try:
        thrower(a[0])
    except E as e:
        r = e.v * e.k["z"] + e.args[1]
    try:
        try:
            thrower(a[2])
        finally:
            r = r * 2
    except Exception as e:
        r += e.v
    while True:
        try:
            r *= a[3]
            if r < 0.1:
                break
        except ValueError:
            pass
        else:
            continue
        finally:
            r += 0.001
    return r


@program(vector())
def rec_tree(a):
    tree = (a[0], [(a[1], []), (a[2], [(a[3], [])])])

    def walk(t):
        v, kids = t
        return v * v + sum((walk(k) * 0.5 for k in kids))

    def depth(n):
        return a[0] if n == 0 else depth2(n - 1) * a[1]

    def depth2(n):
        return a[2] if n == 0 else depth(n - 1) + 1

    return walk(tree) + depth(5)


@program(vector())
def string_dispatch(a):

    def kern(kind):
        table = {"rbf": lambda r, l=a[0]: np.exp(-r * r / l), "lin": lambda r: r * a[1]}
        return table[kind]

    return kern("rbf")(a[2:]).sum() + kern("lin")(a).sum()


@program(vector())
def unhashables(a):
    d = {}
    d[round(a[0], 2)] = a[1]
    d[a[0]] = a[2]
    s = {a[0], a[0], a[1]}
    return d[a[0]] * len(s) + sum(s) + (a[0] in s) * a[1] + (a[0] in d) * a[2]


@program(vector())
def lambda_default(a):
    f = lambda x, y=a[0], *r, k=a[1], **kw: x * y + k + sum(r) + sum(kw.values())
    return f(a[2]) + f(a[2], a[3], a[0], a[1], k=2.0, z=a[0]) + f(*a, **{"w": a[1]})


@program(vector())
def globals_written(a):
    global GSTATE
    GSTATE = a[0] * 2

    def bump():
        global GSTATE
        GSTATE *= a[1]

    bump()
    r = GSTATE
    return r * a[2]
