"""Item 4: in-place writes, views and aliases: where Tangent was silently wrong."""

import numpy as np

from tests.language.corpus import mat, pos, program, vec


@program(vec(4), static=True)
def factor_written_before_it_is_copied(a):
    factor = np.zeros(4)
    factor[2] += 0.9
    y = a * 1.0
    y *= factor.copy()
    return np.sum(y)


@program(0.6)
def write_elements(x):
    y = np.zeros(3)
    y[0] = x
    y[1] = x * x
    y[2] = y[0] * y[1]
    return np.sum(y * y)


@program(vec(4))
def overwrite_element(a):
    y = a * a
    y[1] = 3.0 * y[0]
    y[1] = y[1] * y[2]
    y[3] = 0.0
    return np.sum(y)


@program(vec(4))
def write_own_argument(a):
    a[0] = a[1] * a[2]
    a[1] = 2.0
    return np.sum(a * a)


@program(vec(4), 0.3)
def augmented_element(a, x):
    y = np.zeros(4)
    y[2] += x
    y[2] += a[0] * x
    y[1] -= a[1]
    y[1] *= x
    y[2] /= x + 1.0
    y[2] **= 2
    return np.sum(y)


@program(vec(4))
def augmented_in_loop(a):
    y = np.zeros(2)
    for i in range(4):
        y[i % 2] += a[i] * a[i]
    return y[0] * y[1]


@program(vec(5), 0.3)
def write_slice(a, x):
    y = np.zeros(5)
    y[1:4] = a[0:3] * x
    y[::2] = x
    return np.sum(y * a)


@program(vec(5), 0.3)
def augmented_slice(a, x):
    y = a * 1.0
    y[1:] += a[:-1] * x
    y[:2] *= y[2:4]
    y[-2:] -= x
    y[1:3] /= 2.0 + x
    return np.sum(y * y)


@program(vec(6))
def write_negative_step_slice(a):
    y = np.ones(6)
    y[::-1] = a * a
    y[4:1:-1] = a[:3]
    return np.sum(y * np.arange(6))


@program(mat(3, 3))
def write_row_and_column(m):
    y = np.zeros((3, 3))
    y[0] = m[1] * m[2]
    y[:, 1] = m[:, 0]
    y[2, :] += y[0]
    y[1][2] = m[0, 0]
    return np.sum(y * y)


@program(mat(3, 3))
def write_two_dimensional_elements(m):
    y = m.copy()
    for i in range(3):
        for j in range(i):
            y[i, j] = y[j, i] * m[i, i]
    return np.sum(y * m)


@program(vec(5))
def write_mask(a):
    y = a * 2.0
    y[a < 0] = 0.5
    y[y > 1.0] *= a[0]
    return np.sum(y * y)


@program(vec(5), 0.3)
def augmented_mask(a, x):
    y = a.copy()
    y[a > 0] += x
    y[a < 0] *= x * 2.0
    return np.sum(y * a)


@program(vec(5))
def write_mask_array_value(a):
    y = np.zeros(5)
    m = np.array([True, False, True, True, False])
    y[m] = a[:3] * a[2:]
    y[~m] = a[3:] ** 2
    return np.sum(y * y)


@program(vec(4))
def write_integer_array(a):
    y = np.zeros(5)
    y[np.array([0, 3, 1, 4])] = a * a
    y[[2, 0]] = a[:2]
    return np.sum(y * np.arange(1.0, 6.0))


@program(vec(4))
def write_repeated_integer_array(a):
    y = np.zeros(3)
    y[np.array([0, 1, 0, 2])] = a
    return np.sum(y * y)


@program(vec(4))
def augmented_repeated_integer_array(a):
    y = np.ones(3)
    y[np.array([0, 1, 0, 1])] += a
    return np.sum(y * y)


@program(vec(4))
def multiply_repeated_integer_array(a):
    y = np.array([1.0, 2.0, 3.0]) * a[0]
    y[[0, 1, 0, 1]] *= a
    return np.sum(y * y)


@program(vec(4))
def add_at(a):
    y = np.ones(3)
    np.add.at(y, np.array([0, 1, 0, 0]), a)
    np.add.at(y, [2, 2], a[:2] * y[0])
    return np.sum(y * y)


@program(vec(4))
def subtract_at(a):
    y = np.ones(3) * a[0]
    np.subtract.at(y, [0, 0, 1, 1], a)
    return np.sum(y * y)


@program(vec(3))
def read_repeated_integer_array(a):
    y = a[[0, 0, 2, 1, 0]]
    return np.sum(y * np.arange(5.0)) * y[1]


@program(mat(3, 3))
def read_with_index_arrays(m):
    i = np.arange(3)
    y = m[i, i] * m[i, ::-1][0]
    return np.sum(y * m[np.ix_([0, 1], [1, 2])][0, 1])


@program(vec(3))
def augmented_array_is_a_write(a):
    y = a * 2.0
    z = y
    y += a
    y *= z
    return np.sum(z)


@program(vec(3))
def augmented_argument_is_a_write(a):
    a *= 2.0
    a += a * a
    return np.sum(a * a)


@program(vec(3))
def augmented_view_of_argument(a):
    b = a[1:]
    b *= 3.0
    return np.sum(a * a)


@program(vec(3), vec(3, 1.0))
def augmented_operators_on_arrays(a, b):
    y = a + 0.0
    y += b
    y -= a * b
    y *= b
    y /= 1.5 + a
    y **= 2
    return np.sum(y)


@program(vec(3))
def augmented_self(a):
    y = a * 1.0
    y += y
    y *= y
    y -= y[0]
    return np.sum(y)


@program(mat(2, 3))
def augmented_broadcast(m):
    y = m * 1.0
    y += m[0]
    y *= m[:, :1]
    y -= 2.0
    return np.sum(y * y)


@program(vec(3))
def alias_by_assignment(a):
    y = a * 1.0
    z = y
    z[0] = a[1] * a[2]
    y[1] = z[0] * 2.0
    return np.sum(y * z)


@program(vec(3))
@program(-vec(3))
def alias_on_one_path(a):
    y = a * 1.0
    w = a * 3.0
    z = y if a[0] > 0 else w
    z[1] = a[0] * a[2]
    return np.sum(y * w)


@program(vec(4))
def alias_in_loop(a):
    y = a * 1.0
    z = np.zeros(4)
    cur = y
    for i in range(4):
        cur[i] = cur[i - 1] * a[i]
        cur = z if i % 2 == 0 else y
    return np.sum(y * a) + np.sum(z * z)


@program(vec(6))
def view_slice(a):
    y = a * 1.0
    v = y[1:4]
    v[0] = a[5] * a[5]
    y[2] = v[0] * a[0]
    return np.sum(v * v) + y[1]


@program(vec(6))
def view_read_after_write(a):
    y = np.zeros(6)
    v = y[2:]
    y[3] = a[0] * a[1]
    return v[1] * v[1]


@program(vec(6))
def view_of_view(a):
    y = a * 1.0
    v = y[1:]
    w = v[::2]
    w[1] = a[0] * 3.0
    v *= 2.0
    return np.sum(w * w) + np.sum(y)


@program(vec(6))
def overlapping_views(a):
    y = a * 1.0
    y[1:] = y[:-1] * 2.0
    y[:-1] += y[1:]
    return np.sum(y * y)


@program(vec(6))
def view_reshape(a):
    y = a * 1.0
    m = y.reshape(2, 3)
    m[1, 0] = a[0] * a[1]
    m[0] *= 2.0
    return np.sum(y * y)


@program(vec(6))
def view_reshape_function(a):
    y = a * 1.0
    m = np.reshape(y, (3, -1))
    y[3] = a[0]
    m[0, 0] = y[3] * y[3]
    return np.sum(m @ m.T)


@program(mat(2, 3))
def view_ravel(m):
    y = m * 1.0
    r = y.ravel()
    r[4] = m[0, 0] * m[0, 1]
    return np.sum(y * y)


@program(mat(2, 3))
def flatten_is_a_copy(m):
    y = m * 1.0
    r = y.flatten()
    r[4] = m[0, 0] * m[0, 1]
    return np.sum(y * y) + np.sum(r * r)


@program(mat(3, 2))
def ravel_of_transpose_is_a_copy(m):
    y = m * 1.0
    r = y.T.ravel()
    r[1] = 7.0 * m[0, 0]
    y[1, 0] = m[0, 1] ** 2
    return np.sum(y * y) + np.sum(r * r)


@program(mat(2, 3))
def view_transpose(m):
    y = m * 1.0
    t = y.T
    t[2, 0] = m[1, 1] * 5.0
    t[1] *= m[0, 0]
    return np.sum(y**2)


@program(mat(2, 3))
def view_transpose_method(m):
    y = m * 1.0
    t = y.transpose()
    u = np.transpose(y, (1, 0))
    t[0, 0] = m[1, 1]
    u[1, 1] *= t[0, 0]
    return np.sum(y**2)


@program(mat(2, 6))
def view_swapaxes_moveaxis(m):
    y = m.reshape(2, 3, 2) * 1.0
    s = y.swapaxes(0, 1)
    s[0, 1, 1] = m[0, 0] ** 2
    v = np.moveaxis(y, 2, 0)
    v[1] *= 2.0
    return np.sum(y * y)


@program(mat(3, 3))
def view_diagonal(m):
    d = np.diagonal(m)
    e = m.diagonal(1)
    return np.sum(d * d) * e[0] + np.trace(m)


@program(mat(3, 3))
def diagonal_read_after_write(m):
    y = m * 1.0
    d = y.diagonal()
    y[1, 1] = m[0, 0] * m[2, 2]
    return np.sum(d * d)


@program(vec(3))
def view_broadcast_to(v):
    y = v * 1.0
    b = np.broadcast_to(y, (2, 3))
    y[1] = v[0] * v[2]
    return np.sum(b * b)


@program(vec(4))
def view_newaxis_squeeze(a):
    y = a * 1.0
    c = y[:, None]
    s = np.squeeze(c)
    c[2, 0] = a[0] * a[3]
    s[1] = 2.0 * a[1]
    return np.sum(y * y)


@program(vec(4))
def view_asarray(a):
    y = a * 1.0
    z = np.asarray(y)
    z[0] = a[1] ** 2
    w = np.array(y)
    w[1] = 100.0 * a[0]
    return np.sum(y * y) + w[1]


@program(vec(4))
def view_flip(a):
    y = a * 1.0
    f = np.flip(y)
    f[0] = a[1] * a[0]
    g = y[::-1]
    g[1] *= 3.0
    return np.sum(y * np.arange(4.0))


@program(vec(6))
def view_split(a):
    y = a * 1.0
    p, q = np.split(y, 2)
    p[0] = q[1] * a[0]
    q *= p
    return np.sum(y * y)


@program(mat(3, 4))
def rows_in_for_written(m):
    y = m * 1.0
    for row in y:
        row[0] = row[1] * row[2]
        row *= 2.0
    return np.sum(y * y)


@program(mat(3, 4))
def rows_of_argument_written(m):
    for row in m:
        row[1:] += row[0]
    return np.sum(m * m)


@program(mat(3, 4))
def rows_enumerated_and_written(m):
    out = np.zeros((3, 4))
    for i, row in enumerate(m):
        out[i] = row * row
        row[0] = 0.0
    return np.sum(out * m)


@program(vec(6))
def views_in_list(a):
    y = a * 1.0
    parts = [y[:2], y[2:4], y[4:]]
    parts[1][0] = a[0] * a[1]
    for p in parts:
        p *= p[0]
    return np.sum(y * y)


@program(vec(4))
def same_array_twice_in_list(a):
    y = a * 1.0
    both = [y, y]
    both[0][1] = a[2] * a[3]
    return np.sum(both[1] * both[0])


@program(vec(4))
def double_buffering(a):
    u = a * 1.0
    v = np.zeros(4)
    for _ in range(3):
        for i in range(4):
            v[i] = u[i] + 0.25 * u[i - 1] * u[i]
        u, v = v, u
    return np.sum(u * u) + v[0]


@program(vec(5), 0.1)
def double_buffering_slices(a, k):
    u = a * 1.0
    v = a * 1.0
    for _ in range(3):
        v[1:-1] = u[1:-1] + k * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        u, v = v, u
    return np.sum(u**2)


@program(vec(4))
def double_buffering_by_temporary(a):
    old = a * 1.0
    new = np.empty(4)
    for step in range(3):
        new[:] = old * old * 0.5
        new[0] = old[-1]
        temp = old
        old = new
        new = temp
    return np.sum(old) + new[1]


@program(vec(4))
def full_slice_assignment(a):
    y = np.empty(4)
    y[:] = a
    y[:] = y * a
    y[...] = y + 1.0
    y[:] = 2.0 * y[::-1]
    return np.sum(y * a)


@program(vec(4))
def out_argument(a):
    y = np.zeros(4)
    np.multiply(a, a, out=y)
    np.sin(y, out=y)
    np.add(y, a, y)
    return np.sum(y * y)


@program(vec(4))
def out_into_slice(a):
    y = np.ones(6)
    np.exp(a, out=y[1:5])
    z = np.multiply(y, 2.0, out=y)
    return np.sum(z * y)


@program(mat(2, 3), mat(3, 2))
def out_of_matmul(a, b):
    y = np.zeros((2, 2))
    np.matmul(a, b, out=y)
    np.dot(y, y, out=np.zeros((2, 2)))
    return np.sum(y * y)


@program(mat(2, 3))
def out_of_reduction(a):
    y = np.zeros(3)
    np.sum(a * a, axis=0, out=y)
    return y[0] * y[1] * y[2]


@program(vec(4))
def copyto(a):
    y = np.ones(4)
    np.copyto(y, a * a)
    np.copyto(y[1:3], a[0])
    return np.sum(y * y)


@program(vec(4), 0.4)
def fill(a, x):
    y = a * 1.0
    y.fill(x)
    y[0] = a[0]
    y[1:3].fill(a[1])
    return np.sum(y * y)


@program(vec(5))
def sort_method_in_place(a):
    y = a * 1.0
    y.sort()
    return y[0] * y[1] + np.sum(y[2:] ** 2)


@program(vec(4))
def put_and_itemset(a):
    y = a * 1.0
    y.put([0, 2], a[1:3] * 2.0)
    np.put(y, 3, a[0] ** 2)
    np.putmask(y, np.array([False, True, False, False]), a)
    return np.sum(y * y)


@program(mat(3, 3), 0.4)
def fill_diagonal(m, x):
    y = m * 1.0
    np.fill_diagonal(y, x * x)
    return np.sum(y @ y)


@program(vec(4))
def resize_by_reassignment(a):
    y = a * 1.0
    y.shape = (2, 2)
    y[0, 1] = a[0] * a[3]
    return np.sum(y @ y)


def scale_in_place(y, by):
    y *= by


def set_first(y, value):
    y[0] = value
    return y


def smooth_in_place(u, k):
    for i in range(1, len(u) - 1):
        u[i] += k * (u[i - 1] + u[i + 1] - 2.0 * u[i])


@program(vec(4), 0.4)
def callee_writes_argument(a, x):
    y = a * 1.0
    scale_in_place(y, x)
    scale_in_place(y[1:3], x + 1.0)
    return np.sum(y * y)


@program(vec(4), 0.4)
def callee_writes_and_returns_argument(a, x):
    y = a * 1.0
    z = set_first(y, x * x)
    z[1] = y[0] * 2.0
    return np.sum(y * z)


@program(vec(5), 0.2)
def callee_writes_in_loop(a, k):
    u = a * a
    for _ in range(3):
        smooth_in_place(u, k)
    return np.sum(u**2)


@program(vec(4))
def callee_writes_own_argument(a):
    scale_in_place(a, 3.0)
    return np.sum(a * a)


def add_into(target, source):
    target[1:] += source[:-1]
    source[0] = target[1] * 2.0
    return np.sum(target * source)


@program(vec(4))
def same_array_passed_twice(a):
    y = a * 1.0
    r = add_into(y, y)
    return r + np.sum(y)


@program(vec(6))
def overlapping_views_passed(a):
    y = a * 1.0
    r = add_into(y[:4], y[2:])
    return r * np.sum(y)


@program(vec(4), vec(4, 1.0))
def different_arrays_passed(a, b):
    y = a * 1.0
    z = b * 1.0
    r = add_into(y, z)
    return r + np.sum(y * z)


@program(vec(4))
def same_array_passed_twice_read_only(a):
    def product(u, v):
        return np.sum(u * v * v)

    return product(a, a) + product(a, a[::-1])


def recursive_prefix(y, i):
    if i == len(y):
        return
    y[i] = y[i] * y[i - 1]
    recursive_prefix(y, i + 1)


@program(pos(4))
def recursion_that_writes(a):
    y = a * 1.0
    recursive_prefix(y, 1)
    return np.sum(y)


@program(vec(4))
def value_read_before_overwrite(a):
    y = a * a
    s = y[0] * y[1]
    y[0] = 10.0
    y[1] = s
    s = s * y[1]
    return s + np.sum(y)


@program(vec(4))
def scalar_taken_then_array_written(a):
    y = a * 1.0
    first = y[0]
    y[0] = a[1] * first
    y[1] = first * y[0]
    return np.sum(y * first)


@program(vec(4))
def nonlinear_read_then_write(a):
    y = a * 1.0
    t = np.sin(y)
    y *= t
    t = np.exp(y)
    y[:] = t * y
    return np.sum(y)


@program(vec(4))
def copy_protects(a):
    y = a.copy()
    z = np.copy(y)
    y[0] = 100.0
    z *= a
    return np.sum(z * a) + y[1]


@program(vec(4))
def write_then_return_element(a):
    y = np.zeros(2)
    y[0] = np.sum(a * a)
    y[1] = y[0] * a[0]
    return y[1]


@program(0.4)
def dead_write(x):
    y = np.zeros(3)
    y[0] = x * x
    y[1] = np.exp(x)
    return y[0]


@program(0.4)
def trajectory(x):
    path = np.zeros((6, 2))
    path[0, 0] = x
    path[0, 1] = 1.0
    for i in range(1, 6):
        path[i, 0] = path[i - 1, 0] + 0.1 * path[i - 1, 1]
        path[i, 1] = path[i - 1, 1] - 0.1 * path[i - 1, 0] * x
    return np.sum(path[:, 0] ** 2)


@program(vec(2))
def trajectory_of_rows(v):
    path = np.empty((5, 2))
    path[0] = v
    for i in range(4):
        path[i + 1] = path[i] + 0.1 * np.array([path[i, 1], -np.sin(path[i, 0])])
    return np.sum(path * path)


@program(vec(5))
def prefix_sums(a):
    c = np.zeros(6)
    for i in range(5):
        c[i + 1] = c[i] + a[i] * a[i]
    return np.sum(c * c)


@program(mat(3, 3) + 3.0 * np.eye(3), vec(3))
def gaussian_elimination(m, b):
    a = m.copy()
    x = b.copy()
    n = len(x)
    for k in range(n):
        for i in range(k + 1, n):
            f = a[i, k] / a[k, k]
            a[i, k:] -= f * a[k, k:]
            x[i] -= f * x[k]
    for i in range(n - 1, -1, -1):
        x[i] = (x[i] - a[i, i + 1 :] @ x[i + 1 :]) / a[i, i]
    return np.sum(x * x)


@program(mat(3, 3) @ mat(3, 3).T + np.eye(3))
def cholesky_in_place(m):
    low = np.zeros_like(m)
    n = m.shape[0]
    for i in range(n):
        for j in range(i + 1):
            s = m[i, j]
            for k in range(j):
                s -= low[i, k] * low[j, k]
            low[i, j] = np.sqrt(s) if i == j else s / low[j, j]
    return np.sum(np.log(np.diag(low))) + low[2, 0]


@program(vec(5))
def bubble_sort(a):
    y = a * 1.0
    for i in range(5):
        for j in range(4 - i):
            if y[j] > y[j + 1]:
                y[j], y[j + 1] = y[j + 1], y[j]
    return y[0] * y[1] + y[3] ** 2 * y[4]


@program(vec(5))
def write_with_negative_index(a):
    y = a * 1.0
    y[-1] = y[-2] * y[0]
    y[-5] = y[-1]
    y[-3:-1] *= 2.0
    return np.sum(y * y)


@program(vec(5))
def write_with_computed_index(a):
    y = np.zeros(5)
    k = int(np.argmax(a))
    y[k] = a[k] ** 2
    y[(k + 1) % 5] += a[(2 * k) % 5] * y[k]
    return np.sum(y * a)


@program(vec(5))
def index_changed_after_use(a):
    y = np.zeros(5)
    i = 0
    while i < 5:
        y[i] = a[i] * a[i]
        i = i + 2
    i = 1
    y[i] = a[0]
    i = 3
    return np.sum(y * y) + y[i]


@program(vec(4))
def index_array_changed_after_use(a):
    idx = np.array([0, 1])
    y = np.zeros(4)
    y[idx] = a[idx] * a[2:]
    idx[0] = 3
    y[idx] += a[idx] ** 2
    return np.sum(y * y)


@program(vec(4))
def mask_changed_after_use(a):
    mask = a > 0
    y = np.where(mask, a * a, a)
    y[mask] = y[mask] * a[mask]
    mask[:] = True
    return np.sum(y[mask])


@program(vec(4))
def array_allocated_in_loop(a):
    total = 0.0
    for i in range(3):
        y = np.zeros(4)
        y[i] = a[i]
        y[i + 1] += a[i] * a[i + 1]
        total += np.sum(y * y)
    return total


@program(vec(4))
def array_carried_and_replaced(a):
    y = np.zeros(4)
    for i in range(4):
        y[i] = a[i] ** 2
        if i == 1:
            y = y * a
        y[0] += 1.0
    return np.sum(y * y)


@program(vec(4))
def write_in_branch(a):
    y = a * 1.0
    for i in range(4):
        if a[i] > 0:
            y[i] = a[i] ** 3
        else:
            y[i] += y[i - 1]
    return np.sum(y * y)


@program(vec(4))
def write_before_break(a):
    y = np.zeros(4)
    for i in range(4):
        y[i] = a[i] * 2.0 + y[i - 1] ** 2
        if i == 2:
            break
        y[0] *= 1.5
    return np.sum(y * y)


@program(vec(4))
def iterate_while_writing(a):
    y = a * 1.0
    total = 0.0
    for i in range(4):
        v = y[i]
        y[(i + 1) % 4] *= v
        total += v * v
    return total + np.sum(y)


@program(vec(4))
def for_over_array_being_written(a):
    y = a * 1.0
    total = 0.0
    i = 0
    for v in y:
        if i < 3:
            y[i + 1] = v * 0.5 + y[i + 1] ** 2
        total += v * v
        i += 1
    return total


@program(mat(2, 2))
def nested_subscript_write(m):
    y = m * 1.0
    y[0][1] = y[1][0] * 2.0
    y[1][:] = y[0] * m[1]
    return np.sum(y * y)


@program(mat(2, 2))
def write_through_row_view(m):
    y = m * 1.0
    row = y[0]
    y[0, 1] = m[1, 1] ** 2
    row[0] = row[1] * m[1, 0]
    return np.sum(y * y)


@program(vec(6))
def ellipsis_and_newaxis_write(a):
    y = np.zeros((2, 3))
    y[..., 0] = a[:2]
    y[:, 1:] = a[2:].reshape(2, 2)
    y[None][0, 1, 2] *= a[0]
    return np.sum(y * y)


@program(vec(3), 0.4)
def write_scalar_broadcast_to_slice(v, x):
    y = np.zeros((2, 3))
    y[:] = v
    y[1] = x * x
    y[:, 0] += x
    return np.sum(y * y)


@program(vec(4))
def integer_array_holds_constants(a):
    counts = np.zeros(4, dtype=int)
    counts[1] += 2
    counts[2] = 3
    return np.sum(counts * a * a)


@program(vec(4))
def object_identity_of_two_results(a):
    y = np.zeros(4)
    z = np.zeros_like(y)
    z[:] = a
    y += z
    z *= y
    return np.sum(y * z)


@program(pos(4))
def normalise_in_place(a):
    a /= np.sum(a)
    a -= a.mean()
    return np.sum(a**3)


@program(mat(4, 4), 0.1)
def heat_stencil(m, k):
    u = m.copy()
    for _ in range(2):
        u[1:-1, 1:-1] += k * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4.0 * u[1:-1, 1:-1])
    return np.sum(u * u)


@program(vec(4), vec(4, 1.0))
def one_array_through_two_names_in_call(a, b):
    def swap_halves(p, q):
        t = p[:2].copy()
        p[:2] = q[2:]
        q[2:] = t * 2.0

    y = a * 1.0
    z = b * 1.0
    swap_halves(y, z)
    swap_halves(y, y)
    return np.sum(y * y) + np.sum(z**3)


@program(vec(5))
def partition_and_flat(a):
    y = a * 1.0
    y.partition(2)
    z = a * 2.0
    z.flat[3] = a[0] * a[1]
    z.flat[[0, 1]] += a[2]
    return y[2] ** 2 + np.sum(z * z)


@program(vec(5))
def place_and_put_along_axis(a):
    y = a * 1.0
    np.place(y, y > 0.5, [2.0, 3.0])
    m = np.zeros((2, 3))
    np.put_along_axis(m, np.array([[1], [2]]), a[:2].reshape(2, 1), axis=1)
    return np.sum(y * y) + np.sum(m * m) * a[4]


@program(vec(4))
def view_method_and_memory(a):
    y = a * 1.0
    v = y.view()
    v[0] = a[1] * a[2]
    w = y[:, np.newaxis].T
    w[0, 3] *= 2.0
    return np.sum(y * y)


@program(vec(4))
def real_and_imaginary_views(a):
    z = np.zeros(4, dtype=complex)
    z.real = a
    z.imag[1:] = a[:-1] * a[1:]
    r = z.real
    r[0] = a[3] * 2.0
    return np.sum((z * np.conj(z)).real)


@program(vec(4))
def ufunc_methods(a):
    return np.add.reduce(a) * np.multiply.accumulate(a)[2] + np.sum(np.multiply.outer(a, a) ** 2)


@program(vec(4))
def augmented_with_out_of_where(a):
    y = np.ones(4)
    np.multiply(a, 2.0, out=y, where=a > 0)
    return np.sum(y * y)


@program(vec(6))
def chained_view_expression_written(a):
    y = a * 1.0
    y.reshape(2, 3)[1][:2] = a[0]
    y.reshape(2, 3).T[0, 0] *= a[1]
    y[::2][1:] += y[1]
    return np.sum(y * y)


@program(vec(4))
def written_array_captured_in_tuple(a):
    y = a * 1.0
    t = (y, 3.0, y[1:])
    y[1] = a[0] * a[3]
    t[2][1] *= 2.0
    t[0][0] += 1.0
    return np.sum(t[0] * t[1]) + t[2][0] ** 2


@program(vec(4))
def written_array_in_dict(a):
    d = {"y": a * 1.0}
    d["z"] = d["y"][:2]
    d["y"][0] = a[1] * a[2]
    d["z"] *= 3.0
    d["y"] = d["y"] * a
    d["z"][1] += a[0]
    return np.sum(d["y"] ** 2) + np.sum(d["z"] ** 2)


@program(vec(4))
def slice_object_and_index_tuple(a):
    y = a.reshape(2, 2) * 1.0
    s = slice(0, 1)
    where = (1, slice(None))
    y[s] = a[:2] * a[2:]
    y[where] *= y[0]
    return np.sum(y**2)


@program(vec(4))
def zero_trip_writes(a):
    y = a * 1.0
    for i in range(0):
        y[i] = 7.0
    while y[0] > 100.0:
        y *= 2.0
    for row in np.zeros((0, 4)):
        y += row
    return np.sum(y * y)


@program(vec(4))
def exit_on_first_trip_after_write(a):
    y = a * 1.0
    for i in range(4):
        y[i] = y[i] ** 2
        if y[i] >= 0.0:
            break
        y[3] = 100.0
    return np.sum(y * a)


@program(vec(4))
def loop_swaps_conditionally(a):
    u = a * 1.0
    v = a * 2.0
    for i in range(4):
        u[i] += v[i - 1]
        if a[i] > 0:
            u, v = v, u
        v[0] *= u[0]
    return np.sum(u * a) + np.sum(v * v)


@program(vec(4))
def alias_survives_rebinding(a):
    y = a * 1.0
    z = y
    y = y * 2.0
    z[0] = a[1] ** 2
    y[1] = z[0]
    return np.sum(y * z)


@program(vec(4))
def function_returns_view_of_argument(a):
    def middle(v):
        return v[1:3]

    def same(v):
        return v

    y = a * 1.0
    m = middle(y)
    m[0] = a[0] * a[3]
    same(y)[3] = m[0] * m[1]
    return np.sum(y * y)


@program(vec(4))
def function_returns_fresh_or_same(a):
    def maybe(v, flag):
        if flag:
            return v
        return v * 1.0

    y = a * 1.0
    z = maybe(y, a[0] > 0)
    w = maybe(y, a[0] < 0)
    z[0] = a[1] * 2.0
    w[1] = a[2] * 3.0
    return np.sum(y * y) + np.sum(z * w)


@program(vec(4), vec(4))
def copies_at_once(a, c):
    a, c = a.copy(), c.copy()
    a[1:] *= c[:-1]
    c += a
    return np.sum(a * c)


@program(vec(4), vec(4), 0.7)
def copies_at_once_exchanged(a, c, x):
    for _ in range(2):
        a, c, x = c.copy(), a * x, x * 1.1
        a[0] += c[1] * x
        c[2:] *= x
    return np.sum(a * c * c)


@program(mat(3, 2))
def result_of_call_stored(m):
    def turned(v):
        return np.array([v[1] * v[0], -v[0]])

    y = np.zeros((3, 2))
    y[0] = turned(m[0])
    for i in range(1, 3):
        y[i] = turned(m[i]) * y[i - 1]
    return np.sum(y * m)


@program(mat(3, 3))
def chained_numbers_that_carry_nothing(m):
    y = m.copy()
    dx = dy = 2.0 / (m.shape[0] - 1)
    for k in range(2):
        rows = columns = k + 1
        y[:rows] += y[:rows] * dx
        y[:, :columns] *= dy
    return np.sum(y * m)
