# ruff: noqa: E501  (a case is a line)
"""Creation, dtypes, promotion, printing, conversion, errors, functions with their own backward, functional."""

CASES = {
    "tensor dtypes": "see(T.tensor(1), T.tensor(1.), T.tensor(True), T.tensor(1j), T.tensor([1, 2.5]), T.tensor([]), T.tensor([[1, 2], [3, 4]]), T.tensor([True, False]))",
    "tensor of numpy": "see(T.tensor(np.arange(3)), T.tensor(np.ones(2)), T.tensor(np.float64(2)), T.tensor(np.ones(2, np.float32)), T.tensor([np.float32(1), np.float32(2)]))",
    "tensor dtype given": "see(T.tensor([1, 2], dtype=T.float), T.tensor([1.7], dtype=T.int64), T.tensor(1, dtype=T.bool), T.tensor([1.], dtype=T.float16), T.tensor([1, 2], dtype=T.uint8))",
    "tensor copies": "a = np.ones(2); t = T.tensor(a); a[0] = 5; see(t)",
    "tensor ragged": "fails(T.tensor, [[1, 2], [3]]); fails(T.tensor, 'a'); fails(T.tensor, [[1], 2])",
    "from_numpy": "a = np.ones(2); t = T.from_numpy(a); a[0] = 5; t[1] = 7; see(t, a.tolist()); fails(T.from_numpy, [1, 2])",
    "as_tensor": "a = np.ones(2); t = T.as_tensor(a); a[0] = 5; see(t, T.as_tensor(t) is t, T.as_tensor([1, 2]))",
    "zeros ones full": "see(T.zeros(2, 3), T.ones((2,)), T.full((2,), 7), T.full((2,), 1.5), T.zeros(2, dtype=T.int32), T.ones(0), T.empty(2, 0), T.zeros([2]))",
    "like": "x = T.ones(2, dtype=T.float64); see(T.zeros_like(x), T.ones_like(x), T.full_like(x, 3), T.zeros_like(x, dtype=T.int64), T.empty_like(x).shape)",
    "new": "x = T.ones(2, dtype=T.float64); see(x.new_zeros(2), x.new_ones((1,)), x.new_full((2,), 3), x.new_tensor([1, 2]))",
    "arange": "see(T.arange(3), T.arange(1, 4), T.arange(0, 1, 0.25), T.arange(5, 0, -2), T.arange(3.), T.arange(2, dtype=T.float64)); fails(T.arange, 0, 3, -1)",
    "linspace": "see(T.linspace(0, 1, 5), T.logspace(0, 2, 3), T.eye(2), T.eye(2, 3))",
    "rand shapes": "T.manual_seed(0); see(T.rand(2, 3).shape, T.randn(2).dtype, T.randint(0, 5, (3,)).dtype, T.randperm(4).sort()[0], T.rand(2, dtype=T.float64).dtype, T.randn(()).shape, T.rand_like(T.ones(2)).shape, T.normal(0., 1., (2,)).shape)",
    "seed repeats": "T.manual_seed(3); a = T.randn(3); T.manual_seed(3); see(T.equal(a, T.randn(3)))",
    "requires_grad given": "see(T.zeros(1, requires_grad=True).requires_grad, T.eye(1, requires_grad=True).requires_grad, T.randn(1, requires_grad=True).is_leaf)",
    "Size": "s = T.ones(2, 3).shape; see(repr(s), s[0], s[1:], s == (2, 3), s.numel(), len(s), list(s), isinstance(s, tuple))",
    "size methods": "x = T.ones(2, 3); see(x.size(), x.size(0), x.size(-1), x.dim(), x.ndim, x.numel(), x.nelement(), x.stride(), x.is_contiguous(), x.t().is_contiguous(), x.t().stride(), x.element_size(), len(x), x.storage_offset(), x[1].storage_offset())",
    "dtype names": "see(repr(T.float32), str(T.int64), T.float32.is_floating_point, T.int64.is_floating_point, T.complex64.is_complex, T.float == T.float32, T.double is T.float64, T.long is T.int64, T.half is T.float16, T.float32.itemsize)",
    "type": "x = T.ones(1); see(x.type(), T.ones(1, dtype=T.int64).type(), x.type(T.float64).dtype, x.type_as(T.ones(1, dtype=T.int64)).dtype, x.is_floating_point(), T.is_tensor(x))",
    "device": "see(str(T.ones(1).device), T.ones(1).is_cuda, T.ones(1, device='cpu').device.type)",
    "item": "see(T.tensor(2.5).item(), T.tensor([3]).item(), T.tensor(True).item(), float(T.tensor(2)), int(T.tensor(2.7)), T.tensor([[1, 2]]).tolist(), T.tensor(1.).tolist()); fails(T.ones(2).item)",
    "index protocol": "x = [10, 20, 30]; see(x[T.tensor(1)], list(range(T.tensor(2)))); fails(lambda: x[T.tensor(1.)])",
    "len of scalar": "fails(len, T.tensor(1.)); fails(lambda: list(T.tensor(1.)))",
    "iterate": "see([r.tolist() for r in T.arange(4).reshape(2, 2)], 2 in T.arange(3), 5 in T.arange(3))",
    "numpy": "x = T.ones(2); a = x.numpy(); a[0] = 5; see(x, a.dtype.name, np.asarray(x).tolist(), x.numpy() is not None)",
    "numpy refuses": "x = T.ones(2, requires_grad=True); fails(x.numpy); fails(np.asarray, x); see(x.detach().numpy().tolist())",
    "format": "see(f'{T.tensor(1.5):.3f}', f'{T.tensor(3)}', '%.2f' % T.tensor(2.5), str(T.tensor([1, 2])))",
    "equality": "x = T.ones(2); see(x == 1, x == None, x != None, (x == T.ones(2)).all().item(), T.equal(x, T.ones(2)), T.equal(x, T.zeros(2)), T.allclose(x, x + 1e-9))",
    "hashable": "x = T.ones(1); d = {x: 1}; see(d[x], x in d)",
    "any all": "see(T.tensor([0., 1.]).any(), T.tensor([0, 1]).all(), T.tensor([True]).all())",
    "item assignment types": "x = T.zeros(3); x[0] = 1; x[1] = T.tensor(2); x[2] = True; see(x)",
    "promotion python": "i = T.tensor([1, 2]); f = T.tensor([1.5]); b = T.tensor([True, False]); see(i + 1, i + 1.5, f + 1, b + 1, b + 1.5, b + True, i * True, f + 1j, i + 1j, i / 2, i // 2, i ** 2)",
    "promotion tensors": "i = T.tensor([1, 2]); f = T.tensor([1.5]); d = T.tensor([1.5], dtype=T.float64); h = T.tensor([1.5], dtype=T.float16); u = T.tensor([1], dtype=T.uint8); s = T.tensor([1], dtype=T.int32); c = T.tensor([1j]); b = T.tensor([True]); see(i + f, f + d, f + h, u + s, s + i, u + f, i + h, c + f, c + d, b + i, b + f, b + b, u + T.tensor([1], dtype=T.int8))",
    "promotion zero-dim": "f = T.tensor([1.5]); z = T.tensor(2., dtype=T.float64); i = T.tensor([1]); see(f + z, z + f, i + z, f + T.tensor(3), i + T.tensor(1, dtype=T.int32), T.tensor(1.) + z, i + T.tensor(1.5), T.tensor([1.5], dtype=T.float16) * T.tensor(2.))",
    "promotion functions": "i = T.tensor([1, 4]); see(T.sqrt(i), T.exp(i), T.sin(i), i.float().mean(), i.sum(), T.tensor([True, True]).sum(), i.prod(), i.cumsum(0), T.tensor([1], dtype=T.int32).sum(), T.atan2(i, i), T.where(i > 1, i, 0.5), T.pow(i, 0.5), 2 ** i, 2.0 ** i)",
    "result_type": "see(T.result_type(T.tensor([1]), 1.5), T.promote_types(T.int32, T.float32), T.promote_types(T.uint8, T.int8), T.can_cast(T.float32, T.int64), T.can_cast(T.int64, T.float32), T.get_default_dtype())",
    "uint8 wraps": "x = T.tensor([250], dtype=T.uint8); see(x + 10, x * 2, -x, T.tensor([100], dtype=T.int8) + 100)",
    "integer division": "i = T.tensor([7, -7]); see(i // 2, i % 3, i / 2, T.div(i, 2, rounding_mode='trunc'), T.div(i, 2, rounding_mode='floor'), T.remainder(i, 3), T.fmod(i, 3))",
    "bool ops": "b = T.tensor([True, False]); see(~b, b & True, b | b, b ^ b, b.sum(), b.float()); fails(lambda: b - b); fails(lambda: 1 - b); fails(lambda: -b)",
    "bit ops": "i = T.tensor([5, 6]); see(i & 3, i | 1, i ^ 2, ~i, i << 1, i >> 1)",
    "finfo": "see(T.finfo(T.float32).eps, T.finfo(T.float64).max, T.iinfo(T.int32).max, T.finfo(T.float32).bits)",
    "mean of int": "fails(T.tensor([1, 2]).mean)",
    "dim range": "x = T.ones(2); fails(x.sum, 2); fails(x.sum, -2); fails(x.unsqueeze, 3); fails(x.softmax, 1); fails(T.ones(2, 2).transpose, 0, 2)",
    "shape mismatch add": "fails(lambda: T.ones(2) + T.ones(3)); fails(lambda: T.ones(2, 3) * T.ones(2, 4))",
    "shape mismatch matmul": "fails(lambda: T.ones(2, 3) @ T.ones(2, 3)); fails(lambda: T.ones(3) @ T.ones(2)); fails(T.mm, T.ones(2), T.ones(2)); fails(lambda: T.ones(2, 2) @ T.tensor(1.)); fails(T.dot, T.ones(2, 2), T.ones(2))",
    "matmul dtype": "fails(lambda: T.ones(2, 2) @ T.ones(2, 2, dtype=T.float64))",
    "reshape error": "fails(T.ones(6).reshape, 4, 2); fails(T.ones(6).view, -1, 4); fails(T.ones(6).reshape, -1, -1)",
    "expand error": "fails(T.ones(3).expand, 4); fails(T.ones(2, 3).expand, 3)",
    "cat error": "fails(T.cat, [T.ones(2, 2), T.ones(3, 3)]); fails(T.cat, []); fails(T.stack, [T.ones(2), T.ones(3)]); fails(T.cat, [T.tensor(1.), T.tensor(2.)])",
    "cat dtypes": "see(T.cat([T.tensor([1]), T.tensor([1.5])]), T.stack([T.tensor(1), T.tensor(2.5)]), T.cat([T.ones(0), T.ones(2, 2)]))",
    "index error": "x = T.ones(3); fails(lambda: x[3]); fails(lambda: x[0, 0]); fails(lambda: x[T.tensor([5])]); fails(lambda: x[T.tensor([True, False])]); fails(lambda: T.tensor(1.)[0]); fails(lambda: x[T.tensor([1.])]); fails(lambda: x[::-1])",
    "type error": "fails(T.sin, 1.0); fails(lambda: T.ones(1) + 'a'); fails(T.ones, 'a'); fails(T.cat, [1, 2]); fails(T.sum, [1])",
    "squeeze error": "see(T.ones(2, 1).squeeze(0).shape, T.ones(1, 1).squeeze().shape); fails(T.ones(2).squeeze, 3); fails(T.ones(2, 3).permute, 0); fails(T.ones(2, 3).permute, 0, 0)",
    "split error": "fails(T.ones(5).split, [1, 2]); fails(T.ones(5).chunk, 0); see([p.shape for p in T.ones(5).chunk(3)], [p.shape for p in T.ones(5).split(2)])",
    "max empty": "fails(T.ones(0).max); see(T.ones(0).sum(), T.ones(0).mean(), T.ones(0).prod())",
    "linalg errors": "fails(T.linalg.inv, T.zeros(2, 2)); fails(T.linalg.inv, T.ones(2, 3)); fails(T.linalg.cholesky, -T.eye(2)); fails(T.linalg.det, T.ones(3)); fails(T.linalg.solve, T.zeros(2, 2), T.ones(2))",
    "pow errors": "fails(lambda: T.tensor([2]) ** -1); see(T.tensor([2.]) ** -1, T.tensor([-1.]) ** 0.5)",
    "loss errors": "fails(F.cross_entropy, T.ones(2, 3), T.tensor([0, 5])); fails(F.binary_cross_entropy, T.tensor([2.]), T.tensor([1.])); fails(F.mse_loss, T.ones(2), T.ones(2), reduction='bad'); fails(F.binary_cross_entropy_with_logits, T.ones(2), T.ones(3)); fails(F.dropout, T.ones(2), 1.5)",
    "gather error": "fails(T.gather, T.ones(2, 2), 1, T.tensor([[5]])); fails(T.gather, T.ones(2, 2), 1, T.tensor([0]))",
    "topk error": "fails(T.topk, T.ones(2), 5); fails(T.ones(2).kthvalue, 5) if False else None",
    "softmax of int": "fails(T.softmax, T.tensor([1, 2]), 0); fails(T.tensor([1, 2]).norm)",
    "clamp error": "fails(T.clamp, T.ones(2)); see(T.ones(2).clamp(2, 1), T.tensor([1, 5]).clamp(max=3), T.tensor([1., float('nan')]).clamp(0, 0.5))",
    "namedtuple": "m = T.tensor([[1., 3.], [2., 0.]]).max(1); see(m.values, m.indices, m[0], len(m), repr(m)); v, i = T.tensor([3, 1]).sort(); see(v, i); see(repr(T.tensor([3., 1.]).topk(1)))",
    "slogdet names": "r = T.linalg.slogdet(T.eye(2)); see(r.sign, r.logabsdet); see(T.linalg.qr(T.eye(2)).Q, T.linalg.svd(T.eye(2)).S, T.linalg.eigh(T.eye(2)).eigenvalues)",
    "unique": "see(T.unique(T.tensor([3, 1, 3])), T.unique(T.tensor([3, 1, 3]), return_counts=True), T.bincount(T.tensor([0, 1, 1])))",
    "nonzero": "see(T.nonzero(T.tensor([0, 1, 2])), T.where(T.tensor([0, 1, 2])), T.nonzero(T.tensor([[0, 1], [2, 0]]), as_tuple=True), T.argwhere(T.tensor([0, 1])) if hasattr(T, 'argwhere') and False else None)",
    "isin": "see(T.isin(T.tensor([1, 2]), T.tensor([2])), T.searchsorted(T.tensor([1., 2., 3.]), T.tensor([2.5])), T.bucketize(T.tensor([2.5]), T.tensor([1., 2., 3.])))",
    "one_hot": "see(F.one_hot(T.tensor([0, 2]), 3), F.one_hot(T.tensor([0, 2])))",
    "nan handling": "x = T.tensor([1., float('nan'), float('inf')]); see(x.nansum(), T.isnan(x), T.isinf(x), T.isfinite(x), T.nan_to_num(x), x.max(), x.sum(), T.nan_to_num(x, nan=1., posinf=2.))",
    "round half": "see(T.round(T.tensor([0.5, 1.5, 2.5, -0.5])), T.round(T.tensor([1.234]), decimals=2), T.trunc(T.tensor([-1.5])), T.floor(T.tensor([-1.5])))",
    "where scalar": "see(T.where(T.tensor([True, False]), 1., 2.), T.where(T.tensor([True, False]), T.tensor([1, 2]), 0))",
    "min max scalar args": "see(T.tensor([1., 2.]).max(), T.tensor([1, 2]).min(), T.maximum(T.tensor(1), T.tensor(2)), T.max(T.tensor([1., 5.]), T.tensor([3., 2.])))",
    "matrix shapes": "x = T.arange(6.).reshape(2, 3); see(x.T, x.mT, x.t(), T.arange(3.).T.shape, x.unsqueeze(0).mT.shape)",
    "chained comparisons": "x = T.tensor([1., 2., 3.]); see((x > 1) & (x < 3), x.gt(1), x.eq(2), T.le(x, 2), x.ne(1).sum())",
    "contiguous": "x = T.arange(6.).reshape(2, 3).t(); see(x.contiguous().is_contiguous(), x.clone().stride(), x.contiguous().view(-1))",
    "function": """
class Exp(A.Function):
    @staticmethod
    def forward(ctx, x):
        y = x.exp(); ctx.save_for_backward(y); see(ctx.needs_input_grad, x.requires_grad); return y
    @staticmethod
    def backward(ctx, g):
        y, = ctx.saved_tensors; return g * y
x = T.tensor([1., 2.], requires_grad=True); y = Exp.apply(x); see(y.detach(), type(y.grad_fn).__name__); see('grad_fn=<ExpBackward>' in repr(y)); y.sum().backward(); see(x.grad)
g, = A.grad(Exp.apply(x).sum(), x, create_graph=True); see(A.grad(g.sum(), x))
""",
    "function several": """
class Two(A.Function):
    @staticmethod
    def forward(ctx, a, b, k):
        ctx.k = k; ctx.save_for_backward(a, b); return a * b, a + k * b
    @staticmethod
    def backward(ctx, g, h):
        a, b = ctx.saved_tensors; return g * b + h, g * a + ctx.k * h, None
a = T.tensor([1., 2.], requires_grad=True); b = T.tensor([3., 4.], requires_grad=True)
p, q = Two.apply(a, b, 5); (p * 2 + q * q).sum().backward(); see(a.grad, b.grad)
p, q = Two.apply(a, b, 5); see(A.grad(p.sum(), [a, b]))
""",
    "function setup_context": """
class Sq(A.Function):
    @staticmethod
    def forward(x): return x * x
    @staticmethod
    def setup_context(ctx, inputs, output): ctx.save_for_backward(inputs[0])
    @staticmethod
    def backward(ctx, g): return 2 * g * ctx.saved_tensors[0]
x = T.tensor([3.], requires_grad=True); Sq.apply(x).backward(); see(x.grad)
""",
    "function count": """
class F1(A.Function):
    @staticmethod
    def forward(ctx, a, b): return a * b
    @staticmethod
    def backward(ctx, g): return g
a = T.ones(1, requires_grad=True); fails(F1.apply(a, a).backward)
""",
    "function shape": """
class F1(A.Function):
    @staticmethod
    def forward(ctx, a): return a * 2
    @staticmethod
    def backward(ctx, g): return T.ones(3)
a = T.ones(2, requires_grad=True); fails(F1.apply(a).sum().backward)
""",
    "function none": """
class F1(A.Function):
    @staticmethod
    def forward(ctx, a): return a * 2
    @staticmethod
    def backward(ctx, g): return None
a = T.ones(2, requires_grad=True); F1.apply(a).sum().backward(); see(a.grad)
""",
    "function not implemented": """
class F1(A.Function):
    @staticmethod
    def forward(ctx, a): return a * 2
a = T.ones(2, requires_grad=True); fails(F1.apply(a).sum().backward)
""",
    "function non differentiable": """
class F1(A.Function):
    @staticmethod
    def forward(ctx, a):
        i = a.argsort(); s = a[i]; ctx.mark_non_differentiable(i); ctx.save_for_backward(i); return s, i
    @staticmethod
    def backward(ctx, g, _):
        i, = ctx.saved_tensors; out = T.zeros_like(g); out[i] = g; return out
a = T.tensor([3., 1.], requires_grad=True); s, i = F1.apply(a); see(s.requires_grad, i.requires_grad); (s * T.tensor([1., 2.])).sum().backward(); see(a.grad)
""",
    "function dirty": """
class F1(A.Function):
    @staticmethod
    def forward(ctx, a): a.mul_(2); ctx.mark_dirty(a); return a
    @staticmethod
    def backward(ctx, g): return g * 2
x = T.ones(2, requires_grad=True); y = x * 3; z = F1.apply(y); see(z is y, y.detach()); z.sum().backward(); see(x.grad)
""",
    "function materialize": """
class F1(A.Function):
    @staticmethod
    def forward(ctx, a): ctx.set_materialize_grads(False); return a * 2, a * 3
    @staticmethod
    def backward(ctx, g, h): see(g is None, h is None); return g * 2 if h is None else h * 3
x = T.ones(2, requires_grad=True); p, q = F1.apply(x); p.sum().backward(); see(x.grad)
""",
    "function once": """
from importlib import import_module
once = import_module(T.__name__ + '.autograd.function').once_differentiable
class F1(A.Function):
    @staticmethod
    def forward(ctx, a): ctx.save_for_backward(a); return a * a
    @staticmethod
    @once
    def backward(ctx, g): return g * 2 * ctx.saved_tensors[0]
x = T.ones(2, requires_grad=True); g, = A.grad(F1.apply(x).sum(), x, create_graph=True); see(g.detach()); fails(A.grad, g.sum(), x)
""",
    "function saved version": """
class F1(A.Function):
    @staticmethod
    def forward(ctx, a): ctx.save_for_backward(a); return a * a
    @staticmethod
    def backward(ctx, g): return g * 2 * ctx.saved_tensors[0]
x = T.ones(2, requires_grad=True); y = x * 1; z = F1.apply(y); y.add_(1); fails(z.sum().backward)
""",
    "function twice": """
class F1(A.Function):
    @staticmethod
    def forward(ctx, a): ctx.save_for_backward(a); return a * a
    @staticmethod
    def backward(ctx, g): return g * 2 * ctx.saved_tensors[0]
x = T.ones(2, requires_grad=True); z = F1.apply(x).sum(); z.backward(); fails(z.backward)
""",
    "function no_grad": """
class F1(A.Function):
    @staticmethod
    def forward(ctx, a): see(ctx.needs_input_grad); return a * a
    @staticmethod
    def backward(ctx, g): return g
x = T.ones(2, requires_grad=True)
with T.no_grad(): see(F1.apply(x).requires_grad)
""",
    "function backward mode": """
class F1(A.Function):
    @staticmethod
    def forward(ctx, a): see(T.is_grad_enabled()); return a * 2
    @staticmethod
    def backward(ctx, g): see(T.is_grad_enabled()); return g * 2
x = T.ones(2, requires_grad=True); F1.apply(x).sum().backward(); A.grad(F1.apply(x).sum(), x, create_graph=True)
""",
    "jacobian": "see(A.functional.jacobian(lambda x: x ** 2, T.tensor([1., 2.]))); see(A.functional.jacobian(lambda x, y: (x * y).sum(), (T.tensor([1., 2.]), T.tensor([3., 4.])))); see(A.functional.jacobian(lambda x: (x.sum(), x * 2), T.tensor([1., 2.])))",
    "jacobian matrix": "see(A.functional.jacobian(lambda x: x @ x, T.tensor([[1., 2.], [3., 4.]])))",
    "jacobian unused": "see(A.functional.jacobian(lambda x, y: x * 2, (T.ones(2), T.ones(3)))); fails(A.functional.jacobian, lambda x: T.ones(2), T.ones(2), strict=True); fails(A.functional.jacobian, lambda x: x, [1., 2.])",
    "hessian": "see(A.functional.hessian(lambda x: (x ** 3).sum(), T.tensor([1., 2.]))); see(A.functional.hessian(lambda x, y: (x * y ** 2).sum(), (T.tensor([1.]), T.tensor([2.]))))",
    "functional vjp jvp": "f = lambda x: x ** 2; x = T.tensor([1., 2.]); v = T.tensor([1., 10.]); see(A.functional.vjp(f, x, v), A.functional.jvp(f, x, v)); fails(A.functional.vjp, f, x); fails(A.functional.vjp, f, x, T.ones(3))",
    "functional vhp hvp": "f = lambda x: (x ** 3).sum(); x = T.tensor([1., 2.]); v = T.tensor([1., 10.]); see(A.functional.vhp(f, x, v), A.functional.hvp(f, x, v)); fails(A.functional.vhp, lambda x: x, x, v)",
    "functional create_graph": "x = T.tensor([1., 2.], requires_grad=True); j = A.functional.jacobian(lambda x: x ** 3, x, create_graph=True); j.sum().backward(); see(x.grad)",
    "func.grad": "see(T.func.grad(lambda x: (x ** 3).sum())(T.tensor([1., 2.])), T.func.grad(lambda x, y: (x * y).sum(), argnums=1)(T.tensor([1., 2.]), T.tensor([3., 4.])), T.func.grad(lambda x, y: (x * y).sum(), argnums=(0, 1))(T.tensor([1.]), T.tensor([3.])))",
    "func.grad nested": "see(T.func.grad(T.func.grad(T.sin))(T.tensor(1.)), T.func.grad(T.func.grad(T.func.grad(lambda x: x ** 4)))(T.tensor(2.)))",
    "func.grad aux": "see(T.func.grad(lambda x: (x ** 2, x + 1), has_aux=True)(T.tensor(2.)), T.func.grad_and_value(lambda x: x ** 2)(T.tensor(2.)))",
    "func.grad dict": "see(T.func.grad(lambda p: (p['a'] * p['b']).sum())({'a': T.tensor([1., 2.]), 'b': T.tensor([3., 4.])}))",
    "func.grad not scalar": "fails(T.func.grad(lambda x: x * 2), T.ones(2))",
    "func.vjp": "y, f = T.func.vjp(lambda x: x ** 2, T.tensor([1., 2.])); see(y, f(T.tensor([1., 10.]))); y, f = T.func.vjp(lambda x, z: x * z, T.tensor([1.]), T.tensor([2.])); see(f(T.ones(1)))",
    "func.jvp": "see(T.func.jvp(lambda x: x ** 2, (T.tensor([1., 2.]),), (T.tensor([1., 10.]),)), T.func.jvp(lambda x, y: x * y, (T.tensor(2.), T.tensor(3.)), (T.tensor(1.), T.tensor(10.))))",
    "func.jac": "f = lambda x: T.stack([x.sum(), x.prod()]); x = T.tensor([2., 3.]); see(T.func.jacrev(f)(x), T.func.jacfwd(f)(x), T.func.jacrev(lambda x, y: x * y, argnums=1)(x, x))",
    "func.hessian": "see(T.func.hessian(lambda x: (x ** 3).sum())(T.tensor([1., 2.])))",
    "func.vmap": "see(T.func.vmap(T.dot)(T.ones(2, 3), T.ones(2, 3)), T.func.vmap(lambda x, y: x * y, in_dims=(0, None))(T.arange(2.), T.tensor(3.)))",
    "func.vmap grad": "see(T.func.vmap(T.func.grad(lambda x: (x ** 2).sum()))(T.arange(4.).reshape(2, 2)))",
    "gradcheck": "x = T.tensor([0.5, 1.5], dtype=T.float64, requires_grad=True); see(A.gradcheck(lambda x: x.sin() * x, (x,)), A.gradgradcheck(lambda x: x.sin() * x, (x,)), A.gradcheck(T.exp, x))",
    "gradcheck fails": """
class Bad(A.Function):
    @staticmethod
    def forward(ctx, x): return x * 2
    @staticmethod
    def backward(ctx, g): return g * 3
x = T.tensor([0.5], dtype=T.float64, requires_grad=True); fails(A.gradcheck, Bad.apply, (x,)); see(A.gradcheck(Bad.apply, (x,), raise_exception=False))
""",
    "gradcheck no grad": "fails(A.gradcheck, T.sin, (T.ones(1, dtype=T.float64),))",
    "is_grad of int results": "x = T.ones(2, requires_grad=True); see((x * T.tensor([1, 2])).requires_grad, x.int().requires_grad, x.bool().requires_grad)",
    "setters": "x = T.ones(2); x.requires_grad = True; see(x.requires_grad); x.data = T.zeros(2); see(x); x.grad = T.ones(2); see(x.grad)",
    "numpy shared through grad": "x = T.zeros(2); a = x.numpy(); x.add_(3); see(a.tolist())",
    "meshgrid loop": "a, b = T.meshgrid(T.arange(2), T.arange(3), indexing='ij'); see(a, b)",
    "einsum forms": "a = T.arange(6.).reshape(2, 3); b = T.arange(12.).reshape(3, 4); see(T.einsum('ij,jk', a, b), T.einsum('ij->ji', a), T.einsum('ij->', a), T.einsum('...j,jk->...k', a, b))",
    "cumulative": "x = T.tensor([1., 3., 2.]); see(x.cumsum(0), x.cumprod(0), x.cummax(0).values, x.cummax(0).indices, T.cumsum(x, dim=0), x.logcumsumexp(0))",
    "var forms": "x = T.tensor([1., 2., 4.]); see(x.var(), x.var(unbiased=False), x.var(0), x.std(), T.var(x, correction=0), T.std_mean(x), T.var(T.ones(1)))",
    "norm forms": "x = T.tensor([[3., 4.], [0., 0.]]); see(x.norm(), x.norm(dim=1), x.norm(1), x.norm(0), x.norm(float('inf')), x.norm(-float('inf')), x.norm(p=2, dim=0, keepdim=True), T.linalg.norm(x, 2), T.linalg.norm(x, -1), T.linalg.matrix_norm(x, 1))",
    "repeat forms": "x = T.tensor([1, 2]); see(x.repeat(2), x.repeat(2, 2), T.tile(x, (2, 1)), x.repeat_interleave(2), T.repeat_interleave(x, T.tensor([1, 2]))); fails(T.ones(2, 2).repeat, 2)",
    "take forms": "x = T.arange(6.).reshape(2, 3); see(T.take(x, T.tensor([0, 5])), x.index_select(1, T.tensor([0, 2])), T.take_along_dim(x, T.tensor([[0], [1]]), 1), x.masked_select(x > 2))",
    "tri": "x = T.arange(9.).reshape(3, 3); see(x.tril(), x.triu(1), x.diag(), T.diag(T.tensor([1., 2.])), x.diagonal(1), x.trace(), T.tril_indices(2, 2), x.tril(-1))",
    "flip roll": "x = T.arange(4); see(x.flip(0), x.roll(1), T.roll(x, -1), T.fliplr(x.reshape(2, 2)), T.rot90(x.reshape(2, 2)))",
    "histogram-like": "see(T.bincount(T.tensor([1, 1, 3]), minlength=5), T.bincount(T.tensor([0, 1]), weights=T.tensor([0.5, 1.5])), T.count_nonzero(T.tensor([0, 1, 2])))",
    "argsort": "x = T.tensor([3., 1., 2.]); see(x.argsort(), x.argsort(descending=True), x.sort(descending=True).values, x.topk(2).indices, x.kthvalue(2).values, x.median(), x.argmax(), x.argmin())",
    "mode median": "x = T.tensor([1, 2, 2, 3]); see(x.mode(), x.median(), T.tensor([[1., 4.], [3., 2.]]).median(1))",
    "complex parts": "z = T.tensor([1 + 2j, 3 - 4j]); see(z.real, z.imag, z.abs(), z.conj(), z.angle(), z * z, z.sum(), z.is_complex(), T.complex(T.ones(1), T.ones(1)))",
    "activation values": "x = T.tensor([-2., 0., 3.]); see(F.relu(x), F.elu(x), F.gelu(x), F.silu(x), F.softplus(x), F.leaky_relu(x), F.hardtanh(x), F.softmax(x, 0), F.log_softmax(x, 0), F.hardswish(x), F.relu6(x * 3))",
    "loss values": "x = T.tensor([0.5, -1.]); y = T.tensor([1., 0.]); see(F.mse_loss(x, y), F.l1_loss(x, y), F.smooth_l1_loss(x, y), F.binary_cross_entropy_with_logits(x, y), F.cross_entropy(T.eye(3), T.arange(3)))",
}

# Texts of tensors: each expression is printed.
PRINTS = """
T.tensor(1.)
T.tensor(1)
T.tensor(True)
T.tensor(1.5)
T.tensor(-0.)
T.tensor(1e10)
T.tensor(1e-10)
T.tensor(float('nan'))
T.tensor(float('inf'))
T.tensor([])
T.tensor([], dtype=T.int64)
T.zeros(2, 0)
T.tensor([1.])
T.tensor([1., 2.5])
T.tensor([1, 2])
T.tensor([100, 2])
T.tensor([True, False])
T.tensor([1e3, 1e-3])
T.tensor([1024., 0.1])
T.tensor([102.4, 1024., 0.1024])
T.tensor([1e5, 1.])
T.tensor([1e9, 1.])
T.tensor([1e8, 5.])
T.tensor([0.00001, 0.5])
T.tensor([0.0001, 0.05])
T.tensor([1e-5])
T.tensor([123456.789])
T.tensor([1., float('nan')])
T.tensor([1.5, float('nan'), float('inf'), -float('inf')])
T.tensor([float('nan'), float('inf')])
T.tensor([-1., 2.])
T.tensor([-1.5, 22.25])
T.tensor([0., 0.])
T.tensor([1., 1000000.])
T.tensor([1., 2.], dtype=T.float64)
T.tensor([1., 2.], dtype=T.float16)
T.tensor([1.1, 2.2], dtype=T.float16)
T.tensor([1, 2], dtype=T.int32)
T.tensor([1, 2], dtype=T.uint8)
T.tensor([1 + 2j])
T.tensor([1 + 2j, -1.5 - 0.5j])
T.tensor(1 + 2j)
T.tensor([1 + 2j], dtype=T.complex128)
T.tensor([[1., 2.], [3., 4.]])
T.tensor([[1, -20], [300, 4]])
T.arange(8.).reshape(2, 2, 2)
T.arange(16).reshape(2, 2, 2, 2)
T.ones(1, 1, 1)
T.arange(30)
T.arange(30.)
T.arange(30) * 1000
T.arange(40.) / 7
T.linspace(0, 1, 11)
T.arange(1001)
T.arange(2000.)
T.arange(10000.).reshape(100, 100)
T.arange(1000.).reshape(10, 100)
T.zeros(20, 20, 20)
T.arange(1002.) / 3
T.ones(3, requires_grad=True)
T.ones(2, 2, requires_grad=True)
T.ones(3, requires_grad=True) * 2
T.ones(3, dtype=T.float64, requires_grad=True)
T.ones(3, dtype=T.float64, requires_grad=True) * 2
(T.ones(2, 2, requires_grad=True) + 2)
T.ones(2, requires_grad=True).sum()
T.ones(2, requires_grad=True).mean()
T.ones(2, 2, requires_grad=True)[0]
T.ones(2, 2, requires_grad=True)[:, 1:]
T.ones(2, 2, requires_grad=True).t()
T.ones(4, requires_grad=True).view(2, 2)
T.ones(4, requires_grad=True).neg().abs()
T.ones(2, requires_grad=True).detach()
T.ones(2, requires_grad=True).data
T.cat([T.ones(1, requires_grad=True), T.ones(1)])
T.ones(2, requires_grad=True) @ T.ones(2)
T.arange(20., requires_grad=True) * 1.5
T.arange(12., requires_grad=True) / 7
T.ones(15, dtype=T.float64, requires_grad=True) / 3
T.full((3,), 1 / 3)
T.full((2, 2), 1e6)
T.tensor([[1e-6, 1.], [2., 3.]])
T.tensor([0.1, 0.22, 0.333])
T.tensor([99999.5])
T.tensor([1.00005])
T.tensor([16777216.])
T.tensor([2.5e-4])
T.eye(3)
T.ones(2, 3).shape
T.float32
[T.tensor(1.), T.tensor([2])]
T.ones(1).unsqueeze(0).unsqueeze(0)
T.tensor([1.]).expand(3)
T.tensor([[1., float('inf')], [float('nan'), 2.]])
T.tensor([1e38, 1e-38])
T.tensor([5e-324], dtype=T.float64)
T.randn(0, 3)
T.zeros(0, dtype=T.float64)
T.tensor([[True], [False]])
-T.arange(5)
T.arange(5.) - 2
T.arange(100.).reshape(2, 50)
T.tensor([1.5, 1000.5, 3.25])
"""


def cases() -> dict[str, str]:
    """Name and code of each case."""
    found = {f"values: {name}": code for name, code in CASES.items()}
    for line in PRINTS.strip().splitlines():
        found[f"print: {line}"] = f"see(repr({line}), str({line}))"
    return found
