"""Item 5: calls of every form, objects."""

import functools
import operator
from collections import namedtuple
from dataclasses import dataclass, field, replace
from functools import partial, reduce
from typing import NamedTuple

import numpy as np
import numpy.linalg as la

import tests.language.helpers_imported
import tests.language.helpers_imported as imported
from tests.language import helpers_imported
from tests.language.corpus import mat, pos, program, vec
from tests.language.helpers_imported import squared
from tests.language.helpers_imported import squared as renamed


def square_plus(x, c=1.0):
    return x * x + c


def combine(x, y, *, scale=2.0, shift=0.0):
    return (x * y + shift) * scale


def total_of(*values, start=0.0):
    total = start
    for v in values:
        total = total + v * v
    return total


def weighted(**weights):
    return weights["a"] * 2.0 + weights["b"] * weights["a"]


def everything(a, b=2.0, *rest, c=3.0, **others):
    return a * b + sum(rest) * c + others.get("d", 0.0) * a


@program(0.6)
def call_positional_and_default(x):
    return square_plus(x) + square_plus(x, x) * square_plus(c=x, x=2.0)


@program(0.6, 1.2)
def call_keyword_only(x, y):
    return combine(x, y) + combine(x, y, scale=x) + combine(y=x, x=y, shift=x * y)


@program(0.6, 1.2)
def call_star_args(x, y):
    values = [x, y, x * y]
    return total_of(x) + total_of(x, y, start=x) + total_of(*values) * total_of()


@program(0.6, 1.2)
def call_star_kwargs(x, y):
    named = {"a": x, "b": y * x}
    return weighted(a=x, b=y) + weighted(**named)


@program(0.6, 1.2)
def call_everything(x, y):
    return everything(x) + everything(x, y, x, y, c=x, d=y, e=1.0) + everything(b=x, a=y)


@program(0.6, scale=3.0)
def keyword_argument_of_top_function(x, scale=1.0):
    return x * x * scale


@program(0.6)
def default_of_top_function(x, scale=2.0, *, power=3):
    return scale * x**power


@program(0.6, 0.7, 0.8)
def varargs_of_top_function(*xs):
    return xs[0] * xs[1] + xs[2] ** 2


def returns_nothing(x):
    y = x * x


def returns_tuple(x):
    return x * x, np.sin(x), 3


def returns_dict(x):
    return {"square": x * x, "name": "square"}


def returns_list(x):
    return [x, x * x, x**3]


@program(0.6)
def callee_returns_containers(x):
    returns_nothing(x)
    a, b, c = returns_tuple(x)
    d = returns_dict(x)
    e = returns_list(x)
    return a * b * c + d["square"] * e[2]


@program(0.6)
def callee_called_many_times(x):
    y = x
    for i in range(4):
        y = square_plus(y, 0.1) * 0.5
    return y


def early(x):
    if x > 1.0:
        return x
    for i in range(3):
        if i == 2:
            return x * i
        x = x * x
    return 0.0


@program(0.6)
def callee_with_exits(x):
    return early(x) + early(x + 1.0)


def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


def fast_power(x, n):
    if n == 0:
        return 1.0
    half = fast_power(x, n // 2)
    if n % 2:
        return half * half * x
    return half * half


def fibonacci(x, n):
    return x if n < 2 else fibonacci(x, n - 1) + x * fibonacci(x, n - 2)


@program(1.2)
def recursion(x):
    return power(x, 5) + fast_power(x, 6) + fibonacci(x, 5)


@program(0.6, 4)
def top_level_recursion(x, n):
    if n <= 0:
        return x
    return np.sin(top_level_recursion(x, n - 1)) + x


def is_even(x, n):
    return x if n == 0 else is_odd(x * 1.1, n - 1)


def is_odd(x, n):
    return -x * x if n == 0 else is_even(x + 0.1, n - 1)


@program(0.6)
def mutual_recursion(x):
    return is_even(x, 5) * is_even(x, 4)


@program(pos(5))
def recursion_over_halves(a):
    def total(v):
        if len(v) == 1:
            return v[0] * v[0]
        m = len(v) // 2
        return total(v[:m]) + total(v[m:]) * v[0]

    return total(a)


def adaptive(f, a, b, tol):
    m = 0.5 * (a + b)
    whole = (b - a) / 6.0 * (f(a) + 4.0 * f(m) + f(b))
    left = (m - a) / 6.0 * (f(a) + 4.0 * f(0.5 * (a + m)) + f(m))
    right = (b - m) / 6.0 * (f(m) + 4.0 * f(0.5 * (m + b)) + f(b))
    if abs(left + right - whole) < tol:
        return left + right
    return adaptive(f, a, m, tol / 2) + adaptive(f, m, b, tol / 2)


@program(1.3)
def adaptive_quadrature(w):
    return adaptive(lambda t: np.exp(-w * t) * np.sin(t), 0.0, 2.0, 1e-5)


@program(0.6)
def inner_function(x):
    def inner(v):
        w = v * v
        return w + v

    return inner(x) * inner(2.0)


@program(0.6)
def closure_reads(x):
    k = x * x

    def inner(v):
        return v * k

    return inner(x) + inner(3.0)


@program(0.6)
def closure_reads_later_value(x):
    k = x

    def inner(v):
        return v * k

    k = k * k
    first = inner(x)
    k = k + 1.0
    return first * inner(2.0)


@program(0.6)
def closure_nonlocal(x):
    total = 0.0

    def add(v):
        nonlocal total
        total = total + v * v

    add(x)
    add(x * 2.0)
    add(total)
    return total


@program(0.6)
def closure_counter(x):
    count = 0

    def step(v):
        nonlocal count
        count += 1
        return v * count

    return step(x) + step(x) * step(x)


@program(vec(3))
def closure_writes_array(a):
    y = np.zeros(3)

    def put(i, v):
        y[i] = v * v

    for i in range(3):
        put(i, a[i])
    return np.sum(y * a)


@program(0.6)
def closure_appends(x):
    log = []

    def note(v):
        log.append(v)
        return v * x

    y = note(x)
    z = note(y)
    return log[0] * log[1] + z


def make_scaler(k):
    def scaler(v):
        return v * k

    return scaler


@program(0.6)
def closure_returned(x):
    f = make_scaler(x)
    g = make_scaler(x * x)
    return f(2.0) * g(x)


@program(0.6)
def closures_in_loop(x):
    fs = []
    for i in range(3):
        fs.append(lambda v, i=i: v * i + x)
    return fs[0](x) * fs[1](x) * fs[2](x)


@program(0.6)
def lambda_bound(x):
    f = lambda v: v * v + 1.0
    g = lambda v, w: f(v) * w
    return g(x, f(x))


@program(0.6)
def lambda_captures(x):
    y = x * x
    f = lambda v: v * y
    return f(x) + f(y)


def twice(f, x):
    return f(f(x))


def compose(f, g):
    return lambda v: f(g(v))


@program(0.6)
def function_as_argument(x):
    return twice(square_plus, x) + twice(np.sin, x) + twice(lambda v: v * x, x)


@program(0.6)
def function_composed(x):
    h = compose(np.sin, square_plus)
    return h(x) * compose(h, h)(x)


@program(0.6)
def functions_in_containers(x):
    table = {"sq": square_plus, "sin": np.sin}
    y = x
    for f in [np.sin, square_plus, np.tanh]:
        y = f(y)
    return y * table["sq"](x) + (square_plus, np.cos)[1](x)


@program(0.6)
def function_chosen_by_condition(x):
    f = np.sin if x > 0 else np.cos
    g = square_plus
    if x > 10:
        g = np.exp
    return f(x) * g(x)


@program(0.6)
def functools_partial(x):
    f = partial(combine, x, scale=3.0)
    g = functools.partial(square_plus, c=x)
    return f(x * x) + g(x) * f(2.0, shift=x)


@program([0.6, 0.8, 1.1])
def functools_reduce(xs):
    return reduce(lambda a, b: a * b + a, xs) + functools.reduce(operator.mul, xs, 2.0)


@program(0.6, 1.4)
def operator_module(x, y):
    return operator.add(x, y) * operator.mul(x, y) - operator.truediv(x, y) + operator.neg(x)


class Model:
    """A plain class with parameters."""

    kind = "linear"
    gain = 2.0

    def __init__(self, w, b):
        self.w = w
        self.b = b
        self.name = "model"

    def __call__(self, x):
        return self.w * x + self.b

    def loss(self, x, y):
        r = self(x) - y
        return np.sum(r * r) * self.gain

    def step(self, rate):
        self.w = self.w - rate * self.w * self.b
        self.b += rate

    @property
    def norm(self):
        return self.w**2 + self.b**2

    @staticmethod
    def square(x):
        return x * x

    @classmethod
    def unit(cls, w):
        return cls(w, 1.0)

    def chained(self, k):
        self.w = self.w * k
        return self


class Deep(Model):
    def __init__(self, w, b, inner):
        super().__init__(w, b)
        self.inner = inner

    def __call__(self, x):
        return np.tanh(super().__call__(x)) + self.inner(x)


MODEL = Model(1.5, -0.5)


@program(0.6)
def method_of_global_object(x):
    return MODEL(x) * MODEL.loss(x, 1.0)


@program(Model(1.5, -0.5), 0.6)
def gradient_by_object(model, x):
    return model(x) ** 2 + model.loss(x, 2.0)


@program(Model(vec(3), 0.2), vec(3, 1.0))
def gradient_by_object_of_arrays(model, x):
    return model.loss(x, 0.5) + np.sum(model.w * model.w)


@program(Deep(0.4, 0.3, Model(1.2, 0.1)), 0.6)
def gradient_by_nested_object(model, x):
    return model(x) * model.inner.b


@program(Model(1.5, -0.5), 0.6)
def object_written(model, x):
    model.w = model.w * x
    model.b += model.w
    model.step(0.1)
    return model(x)


@program(0.6)
def object_made_inside(x):
    m = Model(x, x * x)
    m.step(0.5)
    return m(2.0) * m.norm


@program(0.6)
def object_in_loop(x):
    m = Model(x, 0.1)
    for _ in range(3):
        m.step(0.2)
        m.w = m.w + m(x) * 0.1
    return m.w * m.b


@program(0.6)
def attribute_augmented(x):
    m = Model(1.0, 2.0)
    m.w *= x
    m.w += x * m.b
    other = m
    other.b = x
    return m.w * m.b


@program(0.6)
def property_static_class_method(x):
    m = Model.unit(x)
    return m.norm * Model.square(x) + m.square(x) + m.gain * x


@program(0.6)
def method_chaining(x):
    return Model(x, 1.0).chained(x).chained(2.0)(x)


@program(0.6)
def bound_method_as_value(x):
    f = MODEL.loss
    g = Model(x, x).loss
    return f(x, 0.1) + g(2.0, x)


@program(0.6)
def inheritance_and_super(x):
    d = Deep(x, 0.5, MODEL)
    return d(x) + d.norm


class WithSetter:
    def __init__(self, v):
        self._v = v

    @property
    def v(self):
        return self._v * 2.0

    @v.setter
    def v(self, value):
        self._v = value * value


@program(0.6)
def property_setter(x):
    o = WithSetter(x)
    y = o.v
    o.v = y * x
    return o.v + y


class Vec2:
    """Operator overloading."""

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vec2(self.x + other.x, self.y + other.y)

    def __mul__(self, k):
        return Vec2(self.x * k, self.y * k)

    __rmul__ = __mul__

    def __sub__(self, other):
        return Vec2(self.x - other.x, self.y - other.y)

    def __neg__(self):
        return Vec2(-self.x, -self.y)

    def __getitem__(self, i):
        return (self.x, self.y)[i]

    def __len__(self):
        return 2

    def __iter__(self):
        yield self.x
        yield self.y

    def __iadd__(self, other):
        self.x = self.x + other.x
        self.y = self.y + other.y
        return self

    def __lt__(self, other):
        return self.norm() < other.norm()

    def __abs__(self):
        return np.sqrt(self.norm())

    def norm(self):
        return self.x * self.x + self.y * self.y


@program(0.6, 1.1)
def operator_overloading(x, y):
    a = Vec2(x, y)
    b = 2.0 * a + Vec2(y, x) * x - a
    c = -b
    return c.norm() + a[0] * b[1] * len(a)


@program(0.6, 1.1)
def operator_overloading_more(x, y):
    a = Vec2(x, y)
    b = Vec2(y, 3.0)
    a += b
    big = b if a < b else a
    u, v = big
    return abs(a) * u + v * b.x


@dataclass
class Params:
    w: float
    b: float
    name: str = "p"
    extra: list = field(default_factory=lambda: [0.5, 0.25])

    def predict(self, x):
        return self.w * x + self.b * self.extra[0]


@dataclass(frozen=True)
class Frozen:
    w: np.ndarray
    k: float
    n: int = 3


class Pair(NamedTuple):
    left: float
    right: np.ndarray


Point = namedtuple("Point", ["x", "y"])


@program(Params(0.4, 0.7), 1.2)
def gradient_by_dataclass(p, x):
    return p.predict(x) ** 2 + p.extra[1] * p.w


@program(Frozen(vec(3), 0.3))
def gradient_by_frozen_dataclass(f):
    return np.sum(f.w**f.n) * f.k


@program(0.6)
def dataclass_made_inside(x):
    p = Params(w=x, b=x * x)
    q = replace(p, w=p.b)
    p.b = q.w + 1.0
    return p.predict(x) * q.predict(2.0)


@program(Pair(0.4, vec(2)))
def gradient_by_typed_named_tuple(p):
    left, right = p
    return left * np.sum(right * p.right) + p[0]


@program(Point(0.4, 0.9))
def gradient_by_named_tuple(p):
    q = Point(p.x * p.y, p.y)
    r = q._replace(y=q.x * 2.0)
    return q.x * r.y + p.x


@program((0.4, [vec(2), 0.3], {"k": 0.7, "m": mat(2, 2)}))
def gradient_by_nested_containers(t):
    a, b, c = t
    return a * np.sum(b[0]) * b[1] + np.sum(c["m"] @ b[0]) * c["k"]


@program({"layers": [{"w": mat(3, 2), "b": vec(3)}, {"w": mat(1, 3), "b": vec(1)}]}, vec(2))
def gradient_by_network_parameters(params, x):
    for layer in params["layers"]:
        x = np.tanh(layer["w"] @ x + layer["b"])
    return x[0] ** 2


@program([0.4, 2, "name", None, 0.3])
def gradient_by_list_with_constants(xs):
    return xs[0] ** xs[1] * xs[4] + len(xs[2])


def logged(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        result = f(*args, **kwargs)
        return result

    return wrapper


def times(k):
    def decorate(f):
        def wrapper(x):
            return f(x) * k

        return wrapper

    return decorate


@logged
def decorated(x):
    return x * x


@times(3.0)
@logged
def doubly_decorated(x):
    return x**3


@functools.cache
def cached_table(n):
    return [float(i) for i in range(n)]


@program(0.6)
def decorated_callees(x):
    return decorated(x) + doubly_decorated(x) * decorated(x=x)


@program(0.6)
def cached_constant_callee(x):
    table = cached_table(4)
    return x * table[3] + table[2] * x * x


@program(0.6)
def imports_of_every_form(x):
    return (
        squared(x)
        + renamed(x) * imported.cubed(x)
        + helpers_imported.cubed(x)
        + tests.language.helpers_imported.squared(x)
        + imported.Shape(x).area()
        + imported.CONSTANT * x
    )


@program(mat(2, 2) + 2.0 * np.eye(2))
def import_of_submodule(m):
    return la.norm(m) + la.det(m) + np.linalg.slogdet(m)[1]


@program(0.6)
def call_result_called(x):
    return make_scaler(x)(x) * (lambda: square_plus)()(x)


@program(0.6)
def callee_with_inner_loop_and_tape(x):
    def newton(a):
        y = a
        while abs(y * y - a) > 1e-13:
            y = 0.5 * (y + a / y)
        return y

    total = 0.0
    for i in range(3):
        total += newton(x + i) * newton(x)
    return total


@program(0.6)
def higher_order_chain(x):
    def apply_n(f, n, v):
        for _ in range(n):
            v = f(v)
        return v

    return apply_n(lambda v: np.sin(v) * x, 3, x) + apply_n(square_plus, 2, x)


@program(0.6)
def evaluation_order_of_calls(x):
    log = []

    def note(k, v):
        log.append(k)
        return v * k

    y = note(1, x) + note(2, x) * note(3, x)
    return y * (log[0] + 10 * log[1] + 100 * log[2])


class Accumulator:
    def __init__(self):
        self.items = []
        self.total = 0.0

    def add(self, v):
        self.items.append(v)
        self.total += v * v
        return self


@program(0.6)
def stateful_object(x):
    acc = Accumulator()
    for i in range(3):
        acc.add(x * i)
    acc.add(acc.total).add(x)
    return acc.total * acc.items[1]


class Linear:
    def __init__(self, w, b):
        self.params = {"w": w, "b": b}

    def __call__(self, x):
        return self.params["w"] @ x + self.params["b"]


@program([Linear(mat(3, 2), vec(3)), Linear(mat(1, 3), vec(1))], vec(2))
def gradient_by_list_of_objects(layers, x):
    for layer in layers:
        x = np.tanh(layer(x))
    return x[0]


@program(0.6)
def isinstance_dispatch(x):
    def norm(v):
        if isinstance(v, np.ndarray):
            return np.sum(v * v)
        if isinstance(v, (list, tuple)):
            return sum(norm(u) for u in v)
        return v * v

    return norm(x) + norm([x, (x, 2.0 * x)]) + norm(np.array([x, 1.0]))
