"""What C code iterates over: every item of an array must come out recorded."""

import bisect
import collections
import heapq
import itertools
import math
import operator
import random
import statistics

import numpy as np

from tests.recorded.programs import matrix, program, vector


@program(vector())
def plain_in_chain(a):
    y = np.zeros(4)
    y[:] = a * a
    return sum(itertools.chain(y, a))


@program(vector())
def chain_from_iterable(a):
    y = np.zeros(4)
    y[:] = a * a
    return sum(itertools.chain.from_iterable([y, a]))


@program(vector())
def plain_star(a):
    y = np.zeros(4)
    y[:] = a * a

    def h(p, q, r, s):
        return p * q + r * s

    return h(*y)


@program(vector())
def plain_list(a):
    y = np.zeros(4)
    y[:] = a * a
    l = [*y, 2.0]
    return l[0] * l[1]


@program(vector())
def plain_deque(a):
    y = np.zeros(4)
    y[:] = a * a
    d = collections.deque(y, maxlen=3)
    d.append(a[0])
    d.rotate(1)
    return d[0] * d[1]


@program(vector())
def deque_extend(a):
    y = np.zeros(4)
    y[:] = a * a
    d = collections.deque()
    d.extend(y)
    d.extendleft(a)
    return sum(d) * d[0]


@program(vector())
def to_list(a):
    y = np.zeros(4)
    y[:] = a * a
    return math.prod(y.tolist())


@program(vector())
def min_of(a):
    y = np.zeros(4)
    y[:] = a * a
    return min(y) + max(a) * max(y[0], 0.01)


@program(vector())
def sorted_key(a):
    y = np.zeros(4)
    y[:] = a * a
    s = sorted(y, key=lambda t: -t)
    return s[0] * 2 + s[1]


@program(vector())
def dictzip(a):
    y = np.zeros(4)
    y[:] = a * a
    d = dict(zip("abcd", y))
    return d["a"] * d["c"]


@program(vector())
def fromkeys(a):
    d = dict.fromkeys("ab", a[0])
    d.setdefault("c", a[1])
    d.update(z=a[2])
    return d["a"] * d["c"] * d["z"]


@program(vector())
def user_iter(a):

    class It:
        def __init__(self, y):
            self.y = y

        def __iter__(self):
            for v in self.y:
                yield (v * v)

    class It2:
        def __init__(self, y):
            self.y = y
            self.k = 0

        def __iter__(self):
            return self

        def __next__(self):
            if self.k >= len(self.y):
                raise StopIteration
            self.k += 1
            return self.y[self.k - 1] * 2

    class It3:
        def __init__(self, y):
            self.y = y

        def __getitem__(self, k):
            return self.y[k] ** 3

        def __len__(self):
            return len(self.y)

    y = np.zeros(4)
    y[:] = a
    return sum(It(y)) + sum(It2(y)) + sum(It3(y)) + sum((v for v in It(a))) + max(It2(y)) + list(It3(y))[1]


@program(vector())
def statistics_module(a):
    return statistics.fmean(list(a)) + statistics.mean([x * 1.0 for x in a])


@program(vector())
def heap(a):
    h = []
    for v in a * a:
        heapq.heappush(h, v)
    x = heapq.heappop(h)
    bisect.insort(h, a[0] * 0.5)
    return x * 2 + h[0] * 3 + heapq.nlargest(1, h)[0]


@program(vector())
def itertools_module(a):
    y = np.zeros(4)
    y[:] = a
    r = 0.0
    for p, q in itertools.product(y, a):
        r += p * q
    for p, q in itertools.pairwise(y):
        r += p * q * q
    r += list(itertools.accumulate(y))[-1] + list(itertools.accumulate(y, operator.mul))[-1]
    r += sum(itertools.islice(y, 2)) + sum(itertools.starmap(lambda u, v: u * v, zip(y, a)))
    r += sum(itertools.takewhile(lambda t: t < 0.8, y))
    for k, grp in itertools.groupby(y, key=lambda t: t > 0.6):
        r += sum(grp) * (2 if k else 1)
    return r


@program(vector())
def operators_module(a):
    g = operator.itemgetter(0, 2)
    y = np.zeros(4)
    y[:] = a * a
    p, q = g(y)

    class C:
        pass

    c = C()
    c.d = C()
    c.d.w = y
    w = operator.attrgetter("d.w")(c)
    return p * q + w[1] + operator.methodcaller("sum")(y) + operator.mul(p, q) + operator.getitem(y, 1)


@program(vector())
def min_key(a):
    pts = [(a[0], a[1]), (a[2], a[3])]
    p, q = max(pts, key=lambda t: t[0] * t[1])
    best = min(range(4), key=lambda i: a[i])
    return p * q + a[best] + max(a[0], a[1], key=abs)


@program(vector())
def randoms(a):
    r = random.Random(3)
    l = list(a)
    r.shuffle(l)
    g = np.random.default_rng(1)
    n = g.normal(size=4)
    return sum((v * k for k, v in enumerate(l))) + (n * a).sum() + r.gauss(0.0, 1.0) * a[0] + r.choice(l)


@program(matrix())
def unpackings(m):
    (a, b, c), (d, *e) = m
    [[f, g, h], row] = m
    for x, y, z in m:
        a = a + x * y * z
    for i, (x, y, z) in enumerate(m):
        b = b + x * i
    q = [x * y for x, y, _ in m]
    r = [p + s for i, (p, s, _) in enumerate(m)]
    buf = np.zeros((2, 3))
    buf[:] = m * m
    L = [buf]
    for u, v in L:
        c = c + (u * v).sum()
    [(w1, w2)] = L
    return a * b + c * d + e[0] * e[1] + f * row[0] + sum(q) + sum(r) + (w1 * w2).sum()


@program(vector())
def walrus(a):
    r = 0.0
    i = 0
    while (t := (a[i] * 2)) < 1.3:
        r += t
        i += 1
    return r + [(y := a[0]), y * y][1] + (z if (z := a[1]) > 0 else 0)


@program(vector())
def generators(a):

    def gen(n):
        t = a[0]
        for i in range(n):
            r = yield t
            t = t * (r if r is not None else a[1])

    def outer(n):
        yield from gen(n)
        yield a[2]

    g = gen(3)
    next(g)
    x = g.send(a[3])
    return sum(outer(3)) + x + sum((v * v for v in gen(2)))


@program(vector())
def gen_close(a):
    out = []

    def g():
        try:
            yield (a[0] * 2)
            yield a[1]
        finally:
            out.append(a[2] * 3)

    it = g()
    r = next(it)
    it.close()
    return r * out[0] + next(iter([a[3]])) + next(iter(()), a[0])
