"""Item 6: lists, tuples, dicts, comprehensions."""

from collections import OrderedDict, defaultdict, deque

import numpy as np

from tests.language.corpus import mat, program, vec


@program(0.6)
def list_append(x):
    ys = []
    for i in range(4):
        ys.append(x**i)
    return ys[1] * ys[3] + ys[2]


@program(0.6)
def list_append_of_previous(x):
    ys = [x]
    for i in range(4):
        ys.append(ys[-1] * x + ys[i])
    return ys[-1] * ys[2]


@program(0.6)
def list_extend_insert(x):
    ys = [x]
    ys.extend([x * x, 2.0])
    ys.insert(1, np.sin(x))
    ys += [x**3]
    return ys[0] * ys[1] + ys[2] * ys[3] * ys[4]


@program(0.6)
def list_pop(x):
    stack = [x, x * x, x**3]
    a = stack.pop()
    b = stack.pop(0)
    stack.append(a * b)
    return stack[0] * stack.pop()


@program(0.6)
def list_stack_machine(x):
    stack = []
    for op in [1, 2, 1, 3, 2]:
        if op == 1:
            stack.append(x)
        elif op == 2:
            stack.append(stack[-1] * 1.5)
        else:
            b = stack.pop()
            a = stack.pop()
            stack.append(a * b + a)
    return stack.pop() * len(stack)


@program([0.2, 0.5, 0.9, 1.4])
def list_index_and_slice(xs):
    ys = xs[1:3]
    zs = xs[::-1]
    return ys[0] * ys[1] + zs[0] * xs[-1] + sum(xs[:2])


@program([0.2, 0.5, 0.9])
def list_element_assignment(xs):
    ys = list(xs)
    ys[0] = ys[1] * ys[2]
    ys[1] += ys[0]
    ys[2] *= 2.0
    return ys[0] * ys[1] * ys[2]


@program([0.2, 0.5, 0.9])
def list_argument_written(xs):
    xs[0] = xs[1] * xs[2]
    xs.append(xs[0] * 2.0)
    return xs[3] * xs[0]


@program([0.2, 0.5, 0.9])
def list_slice_assignment(xs):
    ys = list(xs)
    ys[1:] = [ys[0] * ys[1], ys[2] ** 2, 1.0]
    return ys[1] * ys[2] * len(ys)


@program([0.2, 0.5], [1.1, 0.3])
def list_concatenation_and_repeat(xs, ys):
    zs = xs + ys
    ws = [zs[0]] * 3
    return sum(zs) * zs[3] + ws[0] * ws[2]


@program([0.2, 0.5])
def list_aliases(xs):
    a = [xs[0], xs[1]]
    b = a
    b[0] = a[1] * 3.0
    b.append(a[0] * a[1])
    return sum(a) * a[2]


@program([0.2, 0.5, 0.9])
def list_copy_and_reverse(xs):
    ys = xs.copy()
    ys.reverse()
    ys[0] = ys[0] * xs[0]
    del ys[1]
    return ys[0] * ys[1] + xs[1]


@program([0.9, 0.2, 0.5])
def list_sort_in_place(xs):
    ys = list(xs)
    ys.sort()
    return ys[0] + 2.0 * ys[1] ** 2 + ys[2] ** 3


@program(vec(4))
def list_comprehension(a):
    ys = [v * v for v in a]
    return ys[0] * ys[3] + sum(ys)


@program(vec(4))
def list_comprehension_with_condition(a):
    ys = [v * v for v in a if v > 0]
    return sum(ys) * len(ys)


@program([0.2, 0.5], [1.1, 0.3])
def nested_comprehension(xs, ys):
    table = [[u * v for u in xs] for v in ys]
    flat = [e for row in table for e in row]
    return flat[0] * flat[3] + table[1][0] ** 2


@program([0.2, 0.5, 0.9])
def comprehension_with_index(xs):
    return sum([i * v for i, v in enumerate(xs)]) * sum([u * v for u, v in zip(xs, xs[1:])])


@program(0.6)
def comprehension_over_range(x):
    return sum([x**i / (i + 1) for i in range(5)])


@program(vec(4))
def generator_expression(a):
    return sum(v * v for v in a) * max(v for v in a) + sum((u * 2.0 for u in a if u < 0), 1.0)


@program(vec(3))
def array_of_comprehension(a):
    y = np.array([np.sin(v) * i for i, v in enumerate(a)])
    return np.sum(y * a)


@program(0.6)
def comprehension_captures(x):
    k = x * x
    ys = [k * i + x for i in range(3)]
    return ys[1] * ys[2]


@program(0.6)
def comprehension_variable_does_not_leak(x):
    i = x * 2.0
    ys = [i for i in range(3)]
    return i * ys[2] * x


@program(0.6)
def comprehension_calls_function(x):
    def f(v, k):
        return np.tanh(v * k)

    return sum(f(x, k) for k in range(1, 4))


@program([0.2, 0.5, 0.9])
def tuple_comprehension_and_index(xs):
    t = tuple(v * 2.0 for v in xs)
    return t[0] * t[-1] + len(t) * t[1]


@program(0.6)
def tuples(x):
    t = (x, x * x)
    u = t + (3.0, x)
    a, b = u[1:3]
    return a * b * u[3] + t[0]


@program(0.6)
def nested_tuples(x):
    t = ((x, 1.0), (x * x, (x, 2.0)))
    (a, b), c = t
    return a * c[1][0] + c[0] * b


@program(0.6)
def tuple_carried_through_loop(x):
    state = (x, 1.0, 0)
    for _ in range(4):
        a, b, n = state
        state = (a * b + 0.1, a, n + 1)
    return state[0] * state[1] * state[2]


@program(0.6)
def dict_build_and_get(x):
    d = {"a": x, "b": x * x}
    d["c"] = d["a"] * d["b"]
    d["a"] = 5.0 * d["c"]
    return d["a"] * d["c"] + d.get("b") + d.get("zz", x)


@program({"a": 0.4, "b": 1.2})
def dict_update_items(d):
    e = dict(d)
    e.update({"b": d["a"] * 2.0, "c": d["b"]})
    total = 0.0
    for key, value in e.items():
        if key != "a":
            total += value * e["a"]
    return total


@program({"a": 0.4, "b": 1.2})
def dict_argument_written(d):
    d["c"] = d["a"] * d["b"]
    d["a"] += d["c"]
    return d["a"] * d["c"]


@program({"a": 0.4, "b": 1.2})
def dict_comprehension(d):
    e = {k: v * v for k, v in d.items()}
    f = {i: e[k] * i for i, k in enumerate(sorted(e))}
    return e["a"] * e["b"] + f[1]


@program({"a": 0.4, "b": 1.2})
def dict_methods(d):
    e = d.copy()
    v = e.pop("a")
    w = e.setdefault("c", v * 2.0)
    e.setdefault("b", 100.0)
    return v * w + e["b"] * len(e) + sum(e.values())


@program({"a": 0.4, "b": 1.2})
def dict_membership_and_keys(d):
    y = 1.0
    if "a" in d and "z" not in d:
        for k in list(d.keys()):
            y = y * d[k] + 0.1
    return y


@program({"a": 0.4}, {"b": 1.2})
def dict_merge(d, e):
    m = {**d, **e, "c": d["a"] * e["b"]}
    n = d | e
    return m["a"] * m["b"] * m["c"] + n["b"]


@program({"a": 0.4, "b": 1.2})
def dict_augmented_value(d):
    counts = {}
    for k, v in d.items():
        counts[k] = counts.get(k, 0.0) + v
        counts["all"] = counts.get("all", 0.0) + v * v
    counts["all"] *= 2.0
    return counts["all"] * counts["a"]


@program(0.6)
def dict_of_lists(x):
    d = {"xs": [x], "ys": []}
    for i in range(3):
        d["xs"].append(d["xs"][-1] * x)
        d["ys"].append(i * x)
    return sum(d["xs"]) * d["ys"][2]


@program(0.6)
def dict_with_integer_and_tuple_keys(x):
    d = {0: x, (1, 2): x * x}
    d[3] = d[0] * d[(1, 2)]
    del d[0]
    return d[3] + d[1, 2]


@program(0.6)
def default_dict(x):
    d = defaultdict(float)
    for i in range(4):
        d[i % 2] += x * i
    return d[0] * d[1]


@program(0.6)
def ordered_dict_and_deque(x):
    o = OrderedDict()
    o["a"] = x
    o["b"] = o["a"] * x
    q = deque([x, 2.0])
    q.append(o["b"])
    first = q.popleft()
    return first * q[0] * q[1]


@program([vec(3), vec(3, 1.0)])
def list_of_arrays(xs):
    total = np.zeros(3)
    for a in xs:
        total = total + a * a
    return np.sum(total * xs[0])


@program(vec(3))
def list_of_arrays_written(a):
    ys = [a * 1.0, np.zeros(3)]
    ys[1][0] = a[1] * a[2]
    ys[0] += ys[1]
    ys[1] = ys[0] * 2.0
    return np.sum(ys[0] * ys[1])


@program(vec(3))
def list_of_arrays_appended_then_written(a):
    ys = []
    y = a * 1.0
    for i in range(3):
        y[i] = y[i] * a[i - 1]
        ys.append(y)
    return np.sum(ys[0] * ys[2])


@program(vec(3))
def list_of_copies(a):
    ys = []
    y = a * 1.0
    for i in range(3):
        y[i] = y[i] * a[i - 1]
        ys.append(y.copy())
    return np.sum(ys[0] * ys[2]) + np.sum(np.stack(ys) ** 2)


@program(0.6)
def list_of_lists(x):
    grid = [[0.0] * 3 for _ in range(2)]
    grid[0][1] = x
    grid[1][2] = grid[0][1] * x
    grid[1][0] += grid[1][2]
    return sum(sum(row) for row in grid) * grid[1][0]


@program(0.6)
def list_of_tuples(x):
    pairs = [(i, x * i) for i in range(4)]
    total = 0.0
    for i, v in pairs:
        total += i * v * v
    return total + pairs[2][1]


@program(0.7)
def member_written_through_another_list(x):
    kept = []
    others = []
    for _ in range(2):
        pair = [0.0, 0.0]
        kept.append(pair)
        others.append(pair)
    for k in range(2):
        pair = others[k]
        pair[1] += x * x * (k + 1)
    total = 0.0
    for k in range(2):
        pair = kept.pop()
        total += pair[1] * k
    return total


def _keep(items, item):
    items.append(item)


def _store(items, item):
    items[0] = item


def _add_to_first(pair, item):
    items, factor = pair
    items[0] += item * factor


@program(0.7)
def list_filled_by_a_callee(x):
    items = [0.0, 0.5]
    _store(items, x * x)
    _keep(items, x * items[0])
    return items[0] * items[2] * items[1]


@program(0.7)
def list_in_a_tuple_filled_by_a_callee(x):
    items = [0.0, 0.5]
    _add_to_first((items, x), x * x)
    pair = (items, 2.0)
    _add_to_first(pair, x)
    return items[0] * x


@program(0.7)
def list_in_a_list_filled_by_a_callee(x):
    table = [[0.0], [0.0]]
    _store(table[1], x * x)
    return table[1][0] * x + table[0][0]


@program(0.7)
def list_summed_before_and_after_it_grows(x):
    items = [x, x * x]
    first = sum(items)
    items.append(first)
    second = sum(items)
    items.pop()
    items.pop()
    return first * second * sum(items) * items[0]


@program(0.7)
def member_kept_by_a_callee(x):
    items = []
    row = np.zeros(2)
    _keep(items, row)
    for item in items:
        item[1] = x * x
    total = 0.0
    for k in range(2):
        total += row[k] * k
    return total


@program([0.2, 0.5, 0.9])
def list_to_array_and_back(xs):
    a = np.array(xs)
    b = list(a * a)
    b.append(xs[0])
    return np.sum(np.asarray(b) * 2.0) * b[1]


@program([0.2, 0.5, 0.9])
def list_membership_and_count(xs):
    idx = [0, 2]
    total = 0.0
    for i in range(3):
        if i in idx:
            total += xs[i] ** 2
    return total * idx.index(2)


@program(0.6)
def list_grows_in_while(x):
    ys = [x]
    while sum(ys) < 4.0:
        ys.append(ys[-1] * 1.3)
    return ys[-1] * len(ys)


@program(0.6)
def list_emptied_by_pop(x):
    ys = [x * i for i in range(1, 5)]
    total = 1.0
    while ys:
        total = total * 0.5 + ys.pop() ** 2
    return total


@program(0.6)
def list_clear_and_reuse(x):
    ys = [x, x * x]
    a = ys[1]
    ys.clear()
    ys.append(a * x)
    return ys[0] * len(ys)


@program([0.2, 0.5, 0.9])
def star_in_list_display(xs):
    ys = [1.0, *xs, xs[0] * xs[1]]
    zs = (*ys, 2.0)
    return ys[4] * zs[1] + sum(zs)


@program([0.2, 0.5, 0.9])
def zip_star_transpose(xs):
    pairs = [(v, v * v) for v in xs]
    firsts, seconds = zip(*pairs)
    return firsts[0] * seconds[2] + sum(seconds)


@program(0.6)
def set_of_constants(x):
    seen = set()
    y = x
    for i in [1, 2, 1, 3, 2]:
        if i in seen:
            continue
        seen.add(i)
        y = y * x + i
    return y * len(seen)


@program(mat(2, 3))
def rows_to_list_to_array(m):
    rows = [row * i for i, row in enumerate(m, 1)]
    return np.sum(np.concatenate(rows) ** 2) + np.sum(np.vstack(rows) @ m.T)


@program(0.6)
def list_returned_by_callee_and_written(x):
    def make(v):
        return [v, v * v]

    ys = make(x)
    ys[0] = ys[1] * 3.0
    ys.append(x)
    return ys[0] * ys[2]


@program([0.2, 0.5, 0.9])
def callee_mutates_list(xs):
    def push(ys, v):
        ys.append(v * v)
        ys[0] = v

    ys = list(xs)
    push(ys, xs[1])
    push(ys, ys[3])
    return sum(ys) * ys[0]
