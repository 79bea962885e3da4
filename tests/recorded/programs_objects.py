"""Classes of the user: whatever Python calls behind the scenes must run rewritten."""

import collections
import contextlib
import dataclasses
import functools
import operator

import numpy as np

from tests.recorded.programs import matrix, program, vector


class LL(list):
    def __init__(self, it, k):
        super().__init__(it)
        self.k = k

    def total(self):
        return sum(self) * self.k


class DD(dict):
    def __missing__(self, key):
        self[key] = self["base"] * 2
        return self[key]


class UL(collections.UserList):
    pass


class Matrix:
    def __init__(self, w):
        self.w = w

    def __setitem__(self, k, v):
        self.w[k] = v * 2

    def __getitem__(self, k):
        return self.w[k] + 1

    def __delitem__(self, k):
        self.w[k] = 0

    def __iadd__(self, o):
        self.w += o
        return self

    def __eq__(self, o):
        return self.w[0] == o

    def __lt__(self, o):
        return self.w[0] < o.w[0]

    @property
    def T(self):
        return Matrix(self.w.T)

    @property
    def norm(self):
        return np.sqrt((self.w**2).sum())

    @norm.setter
    def norm(self, v):
        self.w *= v / self.norm


@program(vector())
def attr_storage(a):

    class Box:
        pass

    b = Box()
    b.y = np.zeros(4)
    v = b.y[1:]
    v[:] = a[:3] * 2
    return (b.y**2).sum()


@program(vector())
def slots(a):

    class S:
        __slots__ = ("w", "_z")

        def __init__(self, w):
            self.w = w
            self._z = None

        @property
        def z(self):
            return self._z

        @z.setter
        def z(self, v):
            self._z = v * 2

    s = S(a)
    s.z = a[0]
    s.z *= 3
    return s.z * s.w.sum()


@program(vector())
def getattr_magic(a):

    class G:
        def __init__(self, d):
            self.__dict__["d"] = d

        def __getattr__(self, n):
            return self.d[n]

        def __setattr__(self, n, v):
            self.d[n] = v * 2

    g = G({"x": a[0]})
    g.y = a[1]
    return g.x * g.y


@program(vector())
def cached_property(a):

    class C:
        def __init__(self, w):
            self.w = w

        @functools.cached_property
        def norm(self):
            return np.sqrt((self.w**2).sum())

    c = C(a)
    return c.norm * c.norm + c.norm


@program(vector())
def descriptor(a):

    class D:
        def __set_name__(self, o, n):
            self.n = "_" + n

        def __get__(self, o, t=None):
            return getattr(o, self.n) * 3 if o is not None else self

        def __set__(self, o, v):
            setattr(o, self.n, v * v)

    class C:
        w = D()

    c = C()
    c.w = a[1]
    return c.w


@program(vector())
def sum_objects(a):

    class V:
        def __init__(self, w):
            self.w = w

        def __add__(self, o):
            return V(self.w + o.w)

        __radd__ = lambda self, o: self if o == 0 else NotImplemented

        def __matmul__(self, o):
            return (self.w * o.w).sum()

        def __neg__(self):
            return V(-self.w)

        def __abs__(self):
            return np.sqrt(self.w @ self.w)

        def __pow__(self, n):
            return V(self.w**n)

        def __rmul__(self, k):
            return V(k * self.w)

        def __iadd__(self, o):
            self.w = self.w + o.w
            return self

        def __getitem__(self, k):
            return self.w[k]

        def __call__(self, x):
            return self.w.sum() * x

        def __len__(self):
            return len(self.w)

        def __contains__(self, x):
            return x in self.w

        def __float__(self):
            return float(self.w[0])

        def __bool__(self):
            return bool(self.w[0] > 0)

        def __round__(self, n=0):
            return self.w[0]

    y = np.zeros(4)
    y[:] = a * a
    vs = [V(y), V(a), V(a * 3)]
    s = sum(vs)
    r = functools.reduce(operator.add, vs)
    q = V(y)
    q += r
    k = 2.0 * s
    return s @ r + abs(-q) + (k**2)[0] + r(1.5) + float(k) + round(k) + (1.0 if k else 5.0)


@program(vector())
def contextmgr(a):
    log = []

    @contextlib.contextmanager
    def scale(k):
        log.append(k)
        yield (k * k)
        log.append(k * 2)

    class Ctx:
        def __init__(self, v):
            self.v = v

        def __enter__(self):
            self.v = self.v * 2
            return self

        def __exit__(self, *e):
            self.v = self.v * 3
            return True

    with scale(a[0]) as s, Ctx(a[1]) as c:
        r = s * c.v
    with Ctx(a[2]) as d:
        raise ValueError
    return r + log[1] * c.v + d.v


@program(vector())
def matches(a):

    @dataclasses.dataclass
    class Pt:
        x: float
        y: float = 2.0
        z: list = dataclasses.field(default_factory=list)

        def __post_init__(self):
            self.y = self.y * self.x

    p = Pt(a[0], a[1])
    p.z.append(a[2])
    match p:
        case Pt(x=float() as u, y=v):
            r = u * v
        case _:
            r = 0
    match [a[0], a[1]]:
        case [u, v, *rest]:
            r += u * v
    match {"k": a[2]}:
        case {"k": w}:
            r += w * w
    q = dataclasses.replace(p, x=a[3])
    d = dataclasses.asdict(p)
    t = dataclasses.astuple(p)
    return r + q.y + d["x"] * t[1] + p.z[0]


@program(vector())
def supers(a):

    class B:
        def __init__(self, w):
            self.__w = w

        def f(self, x):
            return self.__w * x

        @staticmethod
        def g(x):
            return x * 2

        @classmethod
        def h(cls, x):
            return cls.g(x) * x

    class C(B):
        def __init__(self, w, v):
            super().__init__(w * 2)
            self.v = v

        def f(self, x):
            return super().f(x) + self.v

    c = C(a[0], a[1])
    m = c.f
    return m(a[2]) + C.h(a[3]) + c.g(a[0]) + B.f(c, 2.0)


@program(vector())
def getattr_dyn(a):

    class C:
        pass

    c = C()
    for k, n in enumerate("xyz"):
        setattr(c, n, a[k])
    c.__dict__["w"] = a[3]
    v = vars(c)
    return getattr(c, "x") * getattr(c, "y") + getattr(c, "nope", a[2]) + v["w"] * c.w


@program(vector())
def list_subclass(a):
    y = np.zeros(4)
    y[:] = a * a
    l = LL(y, a[0])
    l.extend(y)
    l[0] = a[1]
    d = DD(base=a[0])
    d2 = DD({"base": a[1]})
    u = UL(y)
    u.append(a[0])
    return l.total() + d["q"] * d2["z"] + sum(u) + u[0] * u[-1]


@program(matrix())
def matrix_class(m):
    x = Matrix(m.copy())
    x[0, 1] = m[1, 1]
    x[1] += m[0]
    del x[0, 0]
    x += m
    x.norm = m[0, 2]
    x.norm *= 2
    return x.T[0].sum() * x.norm + sorted([Matrix(m[0] * 2), Matrix(m[1])])[0].w[1]


@program(vector())
def class_attrs(a):

    class Cfg:
        rate = a[0]
        hist = []

        @classmethod
        def step(cls, x):
            cls.rate = cls.rate * x
            cls.hist.append(cls.rate)
            return cls

    Cfg.step(a[1]).step(a[2])
    Cfg.rate += 1
    return Cfg.rate * Cfg.hist[0]
