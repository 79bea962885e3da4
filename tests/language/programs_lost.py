"""Ways in which a derivative could get lost in silence: right, or refused, but never wrong."""

import ast
import copy
import functools
import json

import numpy as np

from tests.language.corpus import pos, program, vec

lost = functools.partial(program, may_refuse=True)


@lost(vec(4))
def inactive_array_filled_after_product(a):
    y = np.ones(4)
    z = a * y
    y.fill(3.0)
    return np.sum(z * z)


@lost(vec(4))
def inactive_array_written_by_dunders(a):
    y = np.arange(4.0) + 1.0
    z = a * y
    y.__imul__(5.0)
    np.ndarray.sort(y[::-1])
    y.__setitem__(0, 9.0)
    return np.sum(z * z)


@lost(vec(4))
def inactive_array_written_through_alias(a):
    y = np.arange(4.0)
    w = y[1:]
    z = a * y
    w[:] = 7.0
    return np.sum(z * a)


@lost(vec(4))
def inactive_array_written_by_callee(a):
    def shuffle(v):
        v[0], v[1] = v[1] + 1.0, v[0]

    y = np.arange(4.0)
    z = a * y
    shuffle(y)
    return np.sum(z * z) + np.sum(a * y)


@lost(0.6)
def inactive_list_changed_after_use(x):
    ks = [2.0, 3.0]
    y = x * ks[0] * x
    ks[0] = 100.0
    ks.reverse()
    return y * y + ks[0] * x


@lost(0.6)
def inactive_object_changed_after_use(x):
    class Options:
        rate = 2.0

    o = Options()
    y = x * x * o.rate
    o.rate = 50.0
    setattr(o, "rate", o.rate + 1.0)
    return y * o.rate


@lost(vec(4))
def imaginary_view_written(a):
    y = np.zeros(4, complex)
    r = y.imag
    r[1:3] = a[:2]
    y *= 2
    y.imag[[0, 0, 3]] = a[:3]
    return np.sum(np.abs(y + 1.0) ** 3) + np.sum(r)


@lost(vec(4))
def clip_with_positional_out(a):
    y = np.zeros(4)
    a.clip(0, 1, y)
    return np.sum(y * y)


@lost(vec(4))
def index_tricks(a):
    return np.sum(np.r_[a, a[0], 1.0] ** 2) * np.sum(np.c_[a, a * a])


@lost(vec(4))
def named_tuple_of_eigh(a):
    x = np.linalg.eigh(np.outer(a, a) + np.diag([1.0, 2.0, 3.0, 4.0])).eigenvalues
    return np.sum(x**3)


@lost(vec(4))
def vectorised_python_function(a):
    f = np.vectorize(lambda v: v * v if v > 0 else -v)
    return np.sum(f(a) * a)


@lost(vec(6).reshape(2, 3))
def applied_along_an_axis(m):
    return np.sum(np.apply_along_axis(lambda row: np.sum(row * row), 1, m))


@lost(vec(4))
def array_from_iterator(a):
    y = np.fromiter((v * v for v in a), dtype=float)
    return np.sum(y * a)


@lost(vec(4))
def copies_by_the_copy_module(a):
    y = copy.copy(a * 2.0)
    z = copy.deepcopy([y, a[0]])
    y[0] = 5.0
    return np.sum(z[0] * a) * z[1] + np.sum(y)


@lost(vec(4))
def iterated_by_nditer(a):
    total = 0.0
    for v in np.nditer(a):
        total = total + v * v
    return total * 1.0


@lost(vec(4))
def enumerated_by_ndenumerate(a):
    total = 0.0
    for (i,), v in np.ndenumerate(a):
        total += (i + 1) * v * v
    return total


@lost(vec(6))
def sliding_windows(a):
    w = np.lib.stride_tricks.sliding_window_view(a, 3)
    return np.sum(w.mean(axis=1) ** 2)


@lost(0.6)
def attributes_by_name(x):
    class Box:
        pass

    b = Box()
    setattr(b, "w", x * x)
    vars(b)["k"] = x
    return getattr(b, "w") * b.k


@lost(0.6)
def mutable_default_argument(x):
    def remember(v, memory=[]):
        memory.append(v)
        return sum(memory)

    y = remember(x * x)
    return remember(y) * x


@lost(0.6)
def cached_callee(x):
    @functools.lru_cache
    def square(v):
        return v * v

    return square(x) * square(x)


@lost(0.6)
def text_and_back(x):
    y = x * x
    return x * float(f"{1.5:.2f}") + y


@lost(pos(3))
def numbers_through_python_methods(a):
    y = float.__mul__(float(a[0]), 2.0)
    return y.__add__(float(a[1])) * a[2].__pow__(2)


@lost(vec(4))
def masked_and_structured(a):
    m = np.ma.masked_less(a, 0.0)
    return float(m.sum()) * a[0]


@lost(vec(4))
def view_of_other_dtype(a):
    z = (a * 1.0).view(complex)
    return np.sum(np.abs(z) ** 2)


@lost(vec(4))
def bytes_and_buffers(a):
    y = a * 1.0
    memoryview(y)[1] = 2.0
    return np.sum(y * y)


@lost(vec(4))
def array_in_object_array(a):
    box = np.empty(2, dtype=object)
    box[0] = a * a
    box[1] = a[0]
    return np.sum(box[0]) * box[1]


@lost(vec(4))
def evaluated_text(a):
    return eval("np.sum(a * a)", {"np": np, "a": a}) * a[0]


@lost(vec(4))
def sorted_by_argsort_and_unique(a):
    order = np.argsort(a)
    u, inverse = np.unique(np.round(a, 1), return_inverse=True)
    return np.sum(a[order] * np.arange(4.0)) * a[inverse[0]] + len(u) * a[1]


@lost(vec(4))
def out_of_reduction_into_view(a):
    y = np.zeros((2, 4))
    np.cumsum(a * a, out=y[1])
    np.maximum(y[1], 0.3, out=y[0])
    return np.sum(y * a)


# --- numbers that go through text, keys and nameless memory ---


@lost(0.7)
def number_through_str(x):
    return x * float(str(x))


@lost(0.7)
def number_through_format(x):
    text = f"x = {x!r:>30}"
    return x * float(text.split("=")[1].strip())


@lost(0.7)
def number_through_percent(x):
    label = "%.17g" % x
    return x * float(label)


@lost(0.7)
def number_through_join(x):
    return x * float(" ".join([str(x), ""]).strip())


@lost(0.7)
def number_through_json(x):
    return x * json.loads(json.dumps({"x": [x, 2.0]}))["x"][0]


@lost(0.7)
def number_through_literal(x):
    return x * ast.literal_eval(repr([x]))[0]


@lost(0.7)
def number_through_eval(x):
    return x * eval(repr(x))


@lost(vec(3))
def array_through_bytes(a):
    return np.sum(a * np.frombuffer(a.tobytes()))


@lost(vec(3))
def array_through_text(a):
    return np.sum(a * np.array([str(v) for v in a]).astype(float))


@lost(0.7)
def number_as_key(x):
    seen = {}
    seen[x] = 1.0
    return x * max(seen)


def _same(a):
    return a


@lost(0.7)
def write_through_call_result(x):
    a = np.zeros(3)
    _same(a)[1] = x * x
    return x * a[1]


@lost(0.7)
def write_through_dict_get(x):
    a = np.zeros(3)
    {"a": a}.get("a")[1] = x * x
    return x * a[1]


@lost(0.7)
def write_through_next(x):
    a = np.zeros(3)
    next(iter([a]))[1] += x * x
    return x * a[1]


@lost(0.7)
def write_through_lambda(x):
    a = np.zeros(3)
    (lambda: a)()[1] = x * x
    return x * a[1]


@lost(0.7)
def write_through_ravel(x):
    a = np.zeros((2, 2))
    np.ravel(a)[1] = x * x
    a.reshape(-1)[2] = x
    return x * a[0, 1] * a[1, 0]


@lost(0.7)
def write_through_nditer(x):
    a = np.zeros(3)
    for v in np.nditer(a, op_flags=["readwrite"]):
        v[...] = x * x
    return x * a[1]


@lost(0.7)
def array_over_a_buffer(x):
    a = np.zeros(3)
    same = np.asarray(memoryview(a))
    a[1] = x * x
    return x * same[1]
