"""Item 8: number types, dtypes, shapes at the edges."""

import cmath

import numpy as np

from tests.language.corpus import mat, pos, program, vec

SINGLE = np.float32


@program(0.6)
def python_float(x):
    return x * x + 1


@program(np.float64(0.6))
def numpy_double_scalar(x):
    return x * x + np.sin(x)


@program(np.float32(0.6), smooth=False, rtol=2e-5)
def numpy_single_scalar(x):
    return x * x + np.sin(x)


@program(vec(3).astype(SINGLE), smooth=False, rtol=2e-5)
def single_array(a):
    return np.sum(a * a * np.exp(a))


@program(vec(3).astype(SINGLE), smooth=False, rtol=2e-5)
def single_with_python_constants(a):
    y = a * 2.0 + 1
    y = y / 3 - 0.5 * a**2
    return np.sum(y * 1.5)


@program(vec(3).astype(SINGLE), smooth=False, rtol=2e-5)
def single_in_place(a):
    y = np.zeros(3, dtype=a.dtype)
    for i in range(3):
        y[i] = a[i] * a[i - 1]
    y += a
    return np.sum(y * y)


@program(vec(3).astype(SINGLE), vec(3), smooth=False, rtol=2e-5)
def single_mixed_with_double(a, b):
    return np.sum(a * b * b)


@program(mat(2, 3).astype(SINGLE), vec(3).astype(SINGLE), smooth=False, rtol=2e-5)
def single_matmul(m, v):
    y = np.tanh(m @ v)
    return np.sum(y * y) / 2


@program(pos(4).astype(SINGLE), smooth=False, rtol=5e-5)
def single_reductions(a):
    return np.mean(a) * np.std(a) + np.max(a) + np.log(np.sum(a))


@program([SINGLE(0.3), vec(2).astype(SINGLE), 0.5], smooth=False, rtol=2e-5)
def single_in_containers(t):
    return t[0] * np.sum(t[1] * t[1]) * t[2]


@program(vec(3).astype(SINGLE), smooth=False, rtol=2e-5)
def astype_to_double(a):
    b = a.astype(np.float64)
    return np.sum(b**3)


@program(vec(3), smooth=False, rtol=1e-3)
def astype_to_single_and_back(a):
    b = a.astype(np.float32)
    c = b.astype(float) * a
    return np.sum(c)


@program(np.array(0.6))
def zero_d_array(x):
    return x * x + np.sin(x)


@program(np.array(0.6), vec(3))
def zero_d_with_array(x, a):
    y = a * x
    return np.sum(y * y) + x[()]


@program(np.array(0.6))
def zero_d_item_and_float(x):
    return x.item() * float(x)


@program(vec(3))
def zero_d_result_of_sum(a):
    s = a.sum()
    t = np.array(s)
    t += s * s
    return t * 2.0


@program(np.zeros(0))
def empty_array(a):
    return np.sum(a * a) + 1.0


@program(np.zeros((0, 3)), 0.5)
def empty_matrix(m, x):
    return np.sum(m @ np.ones(3)) * x + x * x


@program(vec(3), 0.5)
def empty_slice(a, x):
    y = a * 1.0
    y[1:1] = x
    y[3:] *= x
    return np.sum(y) * np.sum(a[2:2]) + np.sum(y * y)


@program(vec(1))
def one_element_array(a):
    return a[0] * np.sum(a) + a.item()


@program(vec(3), 2)
def integer_index_argument(a, i):
    return a[i] * a[i - 1]


@program(0.6, 3)
def integer_argument_in_arithmetic(x, n):
    return x * n + n / 2 + x**n - n // 2


@program(0.6)
def ints_mixed_with_floats(x):
    n = 3
    n = n * 2 + 1
    y = n * x
    n = y
    return n * n


@program(vec(3), np.array([1, 2, 3]), argnums=0)
def integer_array_argument(a, k):
    return np.sum(a * k) + np.sum(a[k - 1] ** k)


@program(vec(3), np.array([True, False, True]), argnums=0)
def boolean_array_argument(a, mask):
    return np.sum(a[mask] ** 2) + np.sum(np.where(mask, a, 1.0) * mask)


@program(0.6, True)
@program(0.6, False)
def boolean_argument(x, flag):
    return x * x if flag else x * flag + 2.0 * x


@program(np.float64(2.0), np.int64(3), argnums=0)
def numpy_integer_argument(x, n):
    y = x
    for _ in range(n):
        y = y * x + n
    return y


@program(0.6 + 0.8j)
def complex_modulus(z):
    return abs(z) ** 2


@program(0.6 + 0.8j, smooth=False)
def complex_holomorphic_real_part(z):
    w = z * z + 1j * z
    return (w * w).real + np.imag(z)


@program(0.6 + 0.8j, 0.3, smooth=False)
def complex_and_real(z, x):
    w = z * x + np.conj(z) / (2 + x)
    return (w * w.conjugate()).real


@program(vec(3) + 1j * vec(3, 1.0), smooth=False)
def complex_array(a):
    b = np.exp(a) * a
    return np.sum(np.abs(b) ** 2) + np.sum(b.imag)


@program(vec(4), smooth=False)
def complex_inside_real_function(a):
    z = a * 1j + a**2
    w = np.sum(z * np.conj(z))
    return w.real + np.abs(np.sum(z))


@program(0.4)
def complex_python_inside(x):
    z = complex(x, 1.0) * 2j
    return z.real * z.imag + abs(z)


@program(0.4, smooth=False)
def complex_cmath(x):
    z = cmath.exp(1j * x)
    return z.real * x


@program(vec(3) + 1j * vec(3, 1.0), smooth=False)
def complex_in_place(a):
    y = np.zeros(3, dtype=complex)
    y[0] = a[0] * a[1]
    y[1:] += a[1:] * 2j
    return np.sum((y * np.conj(y)).real)


@program((vec(2) + 1j * vec(2, 1.0)).astype(np.complex64), smooth=False, rtol=5e-5)
def complex_single(a):
    return np.sum((a * np.conj(a)).real)


@program(vec(6).reshape(1, 2, 3, 1))
def four_dimensions(a):
    return np.sum(a[0, :, 1] * a[..., 0][0, :, 2:]) + np.sum(a**2)


@program(np.asfortranarray(mat(3, 2)))
def fortran_order(m):
    y = m * 1.0
    r = y.ravel()
    r[1] = 0.5
    return np.sum(y * y) + np.sum(m.reshape(-1)[1:3] ** 2)


@program(vec(8)[::2])
def strided_argument(a):
    return np.sum(a * a) * a[1]


@program(mat(2, 3).T)
def transposed_argument(m):
    m[0, 1] = m[2, 0] * 2.0
    return np.sum(m * m)


@program(0.3)
def very_large_and_small_values(x):
    y = x * 1e150
    z = y * y * 1e-200
    return z * 1e-100 + y * 1e-150


@program(3.0)
def inf_in_untaken_branch(x):
    y = np.inf
    if x > 0:
        y = x * x
    return min(y, np.inf) * x


@program(vec(3))
def argument_dtype_queries(a):
    y = np.zeros(a.shape, dtype=a.dtype)
    y[:] = a * a.size
    z = np.empty_like(y)
    z[...] = y.astype(a.dtype)
    return np.sum(z * a) * a.ndim / a.itemsize


@program(0.6)
def float_of_string_constant(x):
    return x * float("2.5") + x * int("3")


@program(vec(3))
def numpy_scalar_from_array_in_loop(a):
    best = a[0]
    for v in a:
        best = v * best if v > 0 else best - v
    return best


@program(vec(3))
def python_floats_from_array(a):
    xs = [float(v) for v in a]
    return xs[0] * xs[1] + xs[2]


@program(vec(2))
def complex_items_of_lists(a):
    z = a * (1.0 + 2.0j)
    y = np.stack([z, 2.0 * z]) * np.choose([0, 1], [z, z * z])
    w = np.where([True, False], [z[0], z[1]], [1.0, 2.0])
    return np.sum(np.real(y * y)) + np.imag(np.sum(w * w))


@program(vec(2))
def axes_added_to_a_list(a):
    y = np.array([a, 2.0 * a], ndmin=3)
    return np.sum(y * y * np.arange(4.0).reshape(2, 2))


@program(pos(3))
def operands_converted_by_the_ufunc(a):
    z = np.multiply(a, a, dtype=complex) * 1j
    return np.sum(np.imag(z * np.sqrt(a, dtype=float)))
