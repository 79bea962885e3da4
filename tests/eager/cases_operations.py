# ruff: noqa: E501  (a case is a line)
"""Operations: value, gradients, second gradients, flags and names of nodes."""

# Expression, then the inputs: name=shape:kind (see observe.data).
OPERATIONS = """
T.sin(x) | x=2,3
x.cos() | x=2,3
T.tan(x) | x=2,3:unit
T.asin(x) | x=2,3:unit
T.acos(x) | x=2,3:unit
T.atan(x) | x=2,3
T.arcsin(x) | x=3:unit
T.sinh(x) | x=2,3
T.cosh(x) | x=2,3
T.tanh(x) | x=2,3
T.asinh(x) | x=2,3
T.acosh(x) | x=2,3:big
T.atanh(x) | x=2,3:unit
T.exp(x) | x=2,3
T.exp2(x) | x=2,3
T.expm1(x) | x=2,3
T.log(x) | x=2,3:pos
T.log2(x) | x=2,3:pos
T.log10(x) | x=2,3:pos
T.log1p(x) | x=2,3:pos
T.sqrt(x) | x=2,3:pos
T.rsqrt(x) | x=2,3:pos
T.square(x) | x=2,3
x.abs() | x=2,3
abs(x) | x=2,3
-x | x=2,3
+x | x=2,3
T.reciprocal(x) | x=2,3:pos
T.sigmoid(x) | x=2,3
T.erf(x) | x=2,3
T.erfc(x) | x=2,3
T.erfinv(x) | x=2,3:unit
T.lgamma(x) | x=2,3:pos
T.digamma(x) | x=2,3:pos
T.logit(x) | x=2,3:prob
T.sinc(x) | x=2,3
T.sign(x) | x=2,3
T.floor(x) | x=2,3
T.ceil(x) | x=2,3
T.round(x) | x=2,3
T.trunc(x) | x=2,3
T.frac(x) | x=2,3
T.relu(x) | x=2,3
T.deg2rad(x) | x=2,3
T.rad2deg(x) | x=2,3
T.nan_to_num(x) | x=2,3
T.positive(x) | x=3
x.clone() | x=2,3
x.clamp(-0.5, 0.5) | x=2,3
x.clamp(min=0) | x=2,3
x.clamp(max=0.1) | x=2,3
T.clip(x, -1, 1) | x=2,3
x.clamp(y, z) | x=2,3 y=3:prob z=2,3:big
x + y | x=2,3 y=2,3
x + y | x=2,3 y=3
x + y | x=2,1 y=1,3
x + y | x= y=2,3
x + 2 | x=2,3
2 + x | x=2,3
x - y | x=2,3 y=2,3
x - y | x=2,3 y=2,1
x - 1.5 | x=2,3
1.5 - x | x=2,3
T.rsub(x, 2) | x=3
x * y | x=2,3 y=2,3
x * y | x=2,3 y=
x * x | x=2,3
x * 3 | x=2,3
3 * x | x=2,3
x / y | x=2,3 y=2,3:pos
x / y | x=3 y=2,3:pos
x / 4 | x=2,3
4 / x | x=2,3:pos
x ** 2 | x=2,3
x ** 3 | x=2,3
x ** 0 | x=2,3
x ** 0.5 | x=2,3:pos
x ** -1 | x=2,3:pos
x ** y | x=2,3:pos y=2,3
2 ** x | x=2,3
T.pow(x, 2.5) | x=2,3:pos
T.float_power(x, 2) | x=3:pos
x % y | x=2,3 y=2,3:pos
x % 0.7 | x=2,3
T.fmod(x, y) | x=2,3 y=2,3:pos
T.remainder(x, 0.3) | x=2,3
T.atan2(x, y) | x=2,3 y=2,3
T.hypot(x, y) | x=2,3 y=2,3
T.maximum(x, y) | x=2,3 y=2,3
T.minimum(x, y) | x=2,3 y=2,3
T.fmax(x, y) | x=2,3 y=3
T.fmin(x, y) | x=2,3 y=3
T.max(x, y) | x=2,3 y=2,3
T.logaddexp(x, y) | x=2,3 y=2,3
T.logaddexp2(x, y) | x=3 y=3
T.copysign(x, T.full((3,), -1.5, dtype=T.float64)) | x=3
T.xlogy(x, y) | x=3 y=3:pos
T.lerp(x, y, 0.3) | x=3 y=3
T.lerp(x, y, z) | x=3 y=3 z=3:prob
T.addcmul(x, y, z, value=2) | x=3 y=3 z=3
T.addcdiv(x, y, z, value=2) | x=3 y=3 z=3:pos
T.add(x, y, alpha=3) | x=3 y=3
T.sub(x, y, alpha=3) | x=3 y=3
T.mul(x, 2) | x=3
T.div(x, 2) | x=3
T.div(x, 0.3, rounding_mode='floor') | x=3
T.div(x, 0.3, rounding_mode='trunc') | x=3
T.where(x > 0, x, y) | x=2,3 y=2,3
T.where(x > 0, x, 0.0) | x=2,3
T.where(x > 0, x, y) | x=2,3 y=
T.dist(x, y) | x=3 y=3
x > y | x=2,3 y=2,3
x == x | x=3
x != 0 | x=3
x <= 0.5 | x=3
T.isnan(x) | x=3
T.isfinite(x) | x=3
(x > 0) & (y > 0) | x=3 y=3
~(x > 0) | x=3
T.logical_not(x) | x=3
x.sum() | x=2,3
x.sum(0) | x=2,3
x.sum(1, keepdim=True) | x=2,3
x.sum((0, 1)) | x=2,3
x.sum(dim=-1) | x=2,3
x.sum([0]) | x=2,3
T.sum(x) | x=
x.mean() | x=2,3
x.mean(0) | x=2,3
x.mean(dim=(0, 1), keepdim=True) | x=2,3
x.prod() | x=2,3
x.prod(1) | x=2,3
x.prod(0, keepdim=True) | x=2,3
x.var() | x=2,3
x.var(0) | x=4,3
x.var(1, unbiased=False) | x=2,3
x.var(dim=1, correction=0, keepdim=True) | x=2,3
x.std() | x=2,3
x.std(0) | x=4,3
x.std(dim=1, keepdim=True) | x=2,3
T.var_mean(x) | x=2,3
T.std_mean(x, 0) | x=3,3
x.max() | x=2,3
x.min() | x=2,3
x.max(1) | x=2,3
x.min(0, keepdim=True) | x=2,3
T.max(x, dim=1) | x=2,3
x.amax(1) | x=2,3
x.amin((0, 1)) | x=2,3
x.amax() | x=2,3
T.aminmax(x, dim=1) | x=2,3
x.argmax() | x=2,3
x.argmax(1) | x=2,3
x.argmin(0, keepdim=True) | x=2,3
x.norm() | x=2,3
x.norm(1) | x=2,3
x.norm(dim=1) | x=2,3
x.norm(3) | x=2,3
x.norm(float('inf')) | x=2,3
T.norm(x, p=2, dim=0, keepdim=True) | x=2,3
x.logsumexp(0) | x=2,3
T.logsumexp(x, (0, 1)) | x=2,3
T.logsumexp(x, 1, keepdim=True) | x=2,3
x.softmax(0) | x=2,3
T.softmax(x, -1) | x=2,3
x.log_softmax(1) | x=2,3
x.cumsum(0) | x=2,3
x.cumsum(-1) | x=2,3
x.cumprod(1) | x=2,3
T.logcumsumexp(x, 0) | x=3
T.cummax(x, 1) | x=2,4
T.cummin(x, 0) | x=4
T.diff(x) | x=4
x.nansum() | x=3
T.count_nonzero(x) | x=3
T.all(x > -5) | x=3
(x > 0).any(1) | x=2,3
T.median(x) | x=5
x.median(0) | x=3,2
T.quantile(x, 0.3) | x=5
T.quantile(x, 0.5, dim=1) | x=2,5
T.trapezoid(x) | x=5
T.cov(x) | x=2,5
x.reshape(3, 2) | x=2,3
x.reshape(-1) | x=2,3
x.view(3, -1) | x=2,3
x.t().reshape(-1) | x=2,3
x.view_as(y) | x=2,3 y=6
x.flatten() | x=2,3
x.flatten(1) | x=2,3,2
x.unflatten(1, (1, 3)) | x=2,3
T.ravel(x) | x=2,3
x.permute(1, 0) | x=2,3
x.permute(2, 0, 1) | x=2,3,2
x.transpose(0, 1) | x=2,3
T.transpose(x, -1, 0) | x=2,3,2
x.t() | x=2,3
x.T | x=2,3
x.mT | x=2,2,3
T.swapaxes(x, 0, 1) | x=2,3
T.movedim(x, 0, 2) | x=2,3,1
x.squeeze() | x=1,3,1
x.squeeze(0) | x=1,3
x.squeeze(1) | x=1,3
x.unsqueeze(0) | x=3
x.unsqueeze(-1) | x=2,3
x.expand(2, 3) | x=3
x.expand(2, -1) | x=1,3
x.expand_as(y) | x=1,3 y=2,3
T.broadcast_to(x, (2, 3)) | x=3
T.broadcast_tensors(x, y) | x=3 y=2,1
x.repeat(2, 2) | x=2
x.repeat(2, 1, 3) | x=2,1
T.tile(x, (2,)) | x=3
T.repeat_interleave(x, 2) | x=3
T.repeat_interleave(x, 2, dim=1) | x=2,3
T.cat([x, y]) | x=2,3 y=1,3
T.cat((x, y), dim=1) | x=2,3 y=2,1
T.cat([x, x], -1) | x=2,3
T.concat([x, y]) | x=3 y=2
T.stack([x, y]) | x=3 y=3
T.stack((x, y), dim=1) | x=3 y=3
T.stack([x, x], -1) | x=2,3
T.hstack([x, y]) | x=3 y=2
T.hstack([x, y]) | x=2,3 y=2,1
T.vstack([x, y]) | x=3 y=3
T.dstack([x, y]) | x=3 y=3
T.column_stack([x, y]) | x=3 y=3
x.split(2) | x=5,2
x.split([1, 2], dim=1) | x=2,3
T.split(x, 2, 1) | x=2,5
x.chunk(2) | x=5
T.chunk(x, 3, dim=1) | x=2,6
T.tensor_split(x, 3) | x=7
x.unbind() | x=2,3
x.unbind(1) | x=2,3
x.narrow(1, 1, 2) | x=2,4
x.select(0, 1) | x=2,3
T.index_select(x, 1, i) | x=2,6 i=3:nat
x.gather(1, i - 1) | x=2,6 i=2,3:nat
T.gather(x, 0, i) | x=6,3 i=2,3:nat
x.scatter(1, i, y) | x=1,7 y=1,1 i=1,1:nat
x.scatter(1, i, 1.5) | x=1,7 i=1,1:nat
x.scatter_add(0, i, y) | x=6,3 y=2,3 i=2,3:nat
x.index_add(0, i, y) | x=6,3 y=2,3 i=2:nat
x.index_copy(0, i, y) | x=6,3 y=1,3 i=1:nat
x.index_fill(0, i, 2.0) | x=6,3 i=2:nat
x.index_put((i,), y) | x=6 y=1 i=1:nat
x.index_put((i,), y, accumulate=True) | x=6 y=3 i=3:nat
x.masked_fill(m, 0.5) | x=2,3 m=2,3:bool
x.masked_fill(m, -1) | x=2,3 m=3:bool
x.masked_select(m) | x=2,3 m=2,3:bool
T.masked_select(x, x > 0) | x=2,3
x.masked_scatter(m, y) | x=2,3 y=6 m=2,3:bool
x.take(i) | x=2,3 i=4:nat
T.take_along_dim(x, i, 1) | x=2,6 i=2,2:nat
x.flip(0) | x=2,3
x.flip([0, 1]) | x=2,3
T.fliplr(x) | x=2,3
T.flipud(x) | x=2,3
x.roll(1, 0) | x=3,2
T.roll(x, (1, 2), (0, 1)) | x=3,4
T.rot90(x) | x=2,3
T.rot90(x, 2) | x=2,3
T.rot90(x, 3) | x=2,3
x.tril() | x=3,3
x.triu(1) | x=3,3
T.diag(x) | x=3
T.diag(x) | x=3,3
T.diag(x, 1) | x=3
x.diagonal() | x=3,3
x.diagonal(1, 0, 1) | x=2,3
T.diag_embed(x) | x=2,3
T.meshgrid(x, y, indexing='ij') | x=2 y=3
T.meshgrid(x, y, indexing='xy') | x=2 y=3
x.unfold(0, 2, 1) | x=4
x.unfold(0, 3, 2) | x=7
T.atleast_2d(x) | x=3
x[0] | x=3,2
x[-1] | x=3,2
x[1:] | x=4
x[::2] | x=5
x[:, 1] | x=3,2
x[0, 1] | x=3,2
x[..., 0] | x=2,3,2
x[None] | x=3
x[:, None, 1:] | x=2,3
x[[0, 2]] | x=3,2
x[[0, 0, 1]] | x=3
x[i] | x=6,2 i=3:nat
x[i, :] | x=6,2 i=2,2:nat
x[:, i] | x=2,6 i=3:nat
x[i, j] | x=6,6 i=3:nat j=3:nat
x[m] | x=2,3 m=2,3:bool
x[m] | x=2,3 m=2:bool
x[x > 0] | x=2,3
x[1, i] | x=2,6 i=2:nat
x[None, i] | x=6 i=2:nat
x[i[0]] | x=6 i=2:nat
x[T.tensor(1)] | x=3,2
x[...] | x=2,3
x[:] | x=3
x @ y | x=2,3 y=3,4
x @ y | x=3 y=3
x @ y | x=2,3 y=3
x @ y | x=2 y=2,3
x @ y | x=2,2,3 y=2,3,2
x @ y | x=2,2,3 y=3,2
T.matmul(x, y) | x=2,2,3 y=3
T.mm(x, y) | x=2,3 y=3,2
T.mv(x, y) | x=2,3 y=3
T.bmm(x, y) | x=2,2,3 y=2,3,1
T.dot(x, y) | x=3 y=3
T.vdot(x, y) | x=3 y=3
T.inner(x, y) | x=3 y=3
T.outer(x, y) | x=2 y=3
T.addmm(x, y, z) | x=2,2 y=2,3 z=3,2
T.addmm(x, y, z, beta=2, alpha=3) | x=2,2 y=2,3 z=3,2
T.addmv(x, y, z) | x=2 y=2,3 z=3
T.addr(x, y, z) | x=2,3 y=2 z=3
T.baddbmm(x, y, z) | x=2,2,2 y=2,2,3 z=2,3,2
T.einsum('ij,jk->ik', x, y) | x=2,3 y=3,2
T.einsum('ij,ij->', x, y) | x=2,3 y=2,3
T.einsum('i,j->ij', x, y) | x=2 y=3
T.einsum('ii->i', x) | x=3,3
T.einsum('bij,bjk->bik', x, y) | x=2,2,3 y=2,3,2
T.tensordot(x, y, dims=1) | x=2,3 y=3,2
T.kron(x, y) | x=2,2 y=1,3
T.cross(x, y, dim=0) | x=3 y=3
T.trace(x) | x=3,3
T.cdist(x, y) | x=2,3 y=3,3 !
L.inv(x + 3 * T.eye(3, dtype=T.float64)) | x=3,3
L.det(x) | x=3,3
L.slogdet(x) | x=3,3
L.solve(x + 3 * T.eye(3, dtype=T.float64), y) | x=3,3 y=3
L.solve(x + 3 * T.eye(3, dtype=T.float64), y) | x=3,3 y=3,2
L.cholesky(x @ x.T + T.eye(3, dtype=T.float64)) | x=3,3
L.eigvalsh(x + x.T) | x=3,3
L.svdvals(x) | x=3,2
L.norm(x) | x=2,3
L.norm(x, 1) | x=3
L.norm(x, 'fro') | x=2,3
L.norm(x, 'nuc') | x=2,3
L.vector_norm(x, 3) | x=4
L.matrix_norm(x) | x=2,3
L.matrix_power(x, 3) | x=2,2
L.pinv(x) | x=3,2
L.multi_dot([x, y, z]) | x=2,3 y=3,2 z=2,2
L.vecdot(x, y) | x=2,3 y=2,3
L.diagonal(x) | x=3,3
L.eigh(x + x.T)[0] | x=3,3
L.qr(x)[1] | x=3,3
T.sort(x) | x=5
x.sort(0, descending=True) | x=4,2
T.argsort(x) | x=5
T.topk(x, 2) | x=5
x.topk(2, dim=0, largest=False) | x=4,2
T.kthvalue(x, 2) | x=5
x.double() | x=3:any3
x.float() | x=3
x.to(T.float32) | x=3
x.long() | x=3
x.type(T.float64) | x=3:any3
x.contiguous() | x=3
x.detach() | x=3
x.data | x=3
T.complex(x, y) | x=3 y=3
z.real | z=3:complex
z.imag | z=3:complex
z.abs() | z=3:complex
z.conj() | z=3:complex
z.angle() | z=3:complex
z * z | z=3:complex
z * x | z=3:complex x=3
(z * z.conj()).real | z=3:complex
z.exp() | z=3:complex
z / x | z=3:complex x=3:pos
z.sum().abs() | z=3:complex
x.addmm(y, z) | x=2,2 y=2,3 z=3,2
T.special.expit(x) | x=3
(x * 2).view(-1)[1:] | x=2,2
x.sum() * y | x=3 y=2
x * y.sum(1, keepdim=True) | x=2,3 y=2,3
x.sin().cos().exp() | x=3:any3
(x * 2 + 1) / 3 | x=2,2:any3
T.tanh(x @ y) | x=2,3:any3 y=3,2:any3
x.mean() * x.std() | x=5:any3
i.sum() | i=3:int
i.float().mean() | i=3:int
i / 2 | i=3:int
i // 2 | i=3:int
i % 3 | i=3:int
i ** 2 | i=3:nat
-i | i=3:int
i.abs() | i=3:int
i.cumsum(0) | i=3:int
i.prod() | i=3:nat
i.sin() | i=3:int
i.exp() | i=3:int
i * 1.5 | i=3:int
i + m | i=3:int m=3:bool
m.sum() | m=5:bool
m & ~m | m=3:bool
m.float() | m=3:bool
i * x | i=3:int x=3
i * x | i=3:int x=3:any3
x * y | x=3:any3 y=3
x * y | x=3:any3 y=
i > 1 | i=3:int
i.max() | i=4:int
i.max(0) | i=4:nat
i.sort() | i=5:int
T.bincount(i) | i=6:nat
T.unique(i) | i=6:nat
T.nonzero(i) | i=5:int
x.sum_to_size(1, 3) | x=2,3
x.sum_to_size(3) | x=2,3
T.block_diag(x, y) | x=2,2 y=1,3
T.cartesian_prod(x, y) | x=2 y=3
T.combinations(x) | x=4
T.logdet(x @ x.T + T.eye(3, dtype=T.float64)) | x=3,3
T.det(x) | x=2,2
T.inverse(x + 3 * T.eye(2, dtype=T.float64)) | x=2,2
x.matrix_power(2) | x=2,2
T.argwhere(i) | i=5:int
T.histc(x, 4, -2, 2) | x=9
x.sum(axis=0, keepdims=True) | x=2,3
T.mean(x, axis=1) | x=2,3
T.searchsorted(x.sort()[0].detach(), y.detach()) | x=5 y=3
"""

# Activations and losses, as F.name(...).
FUNCTIONAL = """
F.relu(x) | x=2,3
F.leaky_relu(x) | x=2,3
F.leaky_relu(x, 0.2) | x=2,3
F.elu(x) | x=2,3
F.celu(x, 0.7) | x=2,3
F.selu(x) | x=2,3
F.gelu(x) | x=2,3
F.gelu(x, approximate='tanh') | x=2,3
F.silu(x) | x=2,3
F.mish(x) | x=2,3
F.softplus(x) | x=2,3
F.softplus(x, 2.0) | x=2,3
F.logsigmoid(x) | x=2,3
F.softsign(x) | x=2,3
F.tanhshrink(x) | x=2,3
F.softshrink(x) | x=2,3
F.hardshrink(x) | x=2,3
F.hardtanh(x) | x=2,3
F.relu6(x) | x=2,3
F.hardsigmoid(x) | x=2,3 !
F.hardswish(x) | x=2,3
F.threshold(x, 0.1, 2.0) | x=2,3
F.glu(x) | x=2,4
F.prelu(x, y) | x=2,3 y=1
F.softmax(x, 1) | x=2,3
F.softmin(x, 0) | x=2,3
F.log_softmax(x, dim=0) | x=2,3
F.sigmoid(x) | x=3
F.tanh(x) | x=3
F.linear(x, y) | x=2,3 y=4,3
F.linear(x, y, z) | x=2,3 y=4,3 z=4
F.linear(x, y, z) | x=3 y=4,3 z=4
F.embedding(i, x) | i=3:nat x=6,2
F.layer_norm(x, (3,)) | x=2,3
F.layer_norm(x, (3,), y, z) | x=2,3 y=3 z=3
F.normalize(x) | x=2,3
F.cosine_similarity(x, y) | x=2,3 y=2,3
F.pairwise_distance(x, y) | x=2,3 y=2,3
F.pad(x, (1, 2)) | x=2,3
F.pad(x, (1, 0, 0, 1), value=2.0) | x=2,3
F.mse_loss(x, y) | x=2,3 y=2,3
F.mse_loss(x, y, reduction='sum') | x=2,3 y=2,3
F.mse_loss(x, y, reduction='none') | x=2,3 y=2,3
F.l1_loss(x, y) | x=2,3 y=2,3
F.smooth_l1_loss(x, y) | x=2,3 y=2,3
F.smooth_l1_loss(x, y, beta=0.5) | x=2,3 y=2,3
F.huber_loss(x, y, delta=0.5) | x=2,3 y=2,3
F.binary_cross_entropy(x, y) | x=4:prob y=4:prob
F.binary_cross_entropy_with_logits(x, y) | x=4 y=4:prob
F.binary_cross_entropy_with_logits(x, y, pos_weight=z.detach()) | x=4 y=4:prob z=4:pos
F.nll_loss(F.log_softmax(x, 1), i) | x=3,6 i=3:nat
F.nll_loss(F.log_softmax(x, 1), i, reduction='sum') | x=3,6 i=3:nat
F.cross_entropy(x, i) | x=3,6 i=3:nat
F.cross_entropy(x, i, reduction='none') | x=3,6 i=3:nat
F.cross_entropy(x, i, weight=w.detach()) | x=3,6 i=3:nat w=6:pos
F.cross_entropy(x, i, ignore_index=2) | x=3,6 i=3:nat
F.cross_entropy(x, i, label_smoothing=0.1) | x=3,6 i=3:nat
F.cross_entropy(x, y) | x=3,4 y=3,4:prob
F.cross_entropy(x, i) | x=6 i=:nat
F.kl_div(x, y) | x=4 y=4:prob
F.kl_div(x, y, reduction='batchmean') | x=2,2 y=2,2:prob
F.kl_div(x, y, reduction='sum', log_target=True) | x=4 y=4
F.poisson_nll_loss(x, y) | x=4 y=4:pos
F.gaussian_nll_loss(x, y, z) | x=4 y=4 z=4:pos
F.hinge_embedding_loss(x, y.sign().detach()) | x=4 y=4
F.margin_ranking_loss(x, y, z.sign().detach()) | x=4 y=4 z=4
F.soft_margin_loss(x, y.sign().detach()) | x=4 y=4
F.multi_margin_loss(x, i) | x=3,6 i=3:nat !
F.triplet_margin_loss(x, y, z) | x=2,3 y=2,3 z=2,3
F.cosine_embedding_loss(x, y, z.sign().detach()) | x=2,3 y=2,3 z=2
F.one_hot(i, 6) | i=3:nat
F.conv1d(x, w) | x=2,3,7 w=4,3,2
F.conv1d(x, w, b, stride=2, padding=1) | x=2,3,7 w=4,3,3 b=4
F.conv1d(x, w, padding='same', dilation=2) | x=3,7 w=4,3,2
F.conv1d(x, w, groups=2) | x=2,4,5 w=6,2,3
F.conv2d(x, w) | x=1,2,4,5 w=3,2,2,3
F.conv2d(x, w, b, stride=(1, 2), padding=(1, 0)) | x=2,2,4,5 w=3,2,2,3 b=3
F.conv2d(x, w, dilation=2) | x=2,5,5 w=1,2,2,2
F.max_pool1d(x, 2) | x=1,2,5
F.max_pool1d(x, 3, stride=2, padding=1) | x=2,5
F.max_pool2d(x, 2) | x=1,2,4,5
F.max_pool2d(x, (2, 3), stride=1, padding=1) | x=1,1,4,4
F.avg_pool1d(x, 2) | x=1,2,5
F.avg_pool2d(x, 2, padding=1) | x=1,2,3,4
F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False) | x=1,1,3,3
F.dropout(x, 0.5, training=False) | x=3
"""


def cases() -> dict[str, str]:
    """Name and code of each case."""
    found: dict[str, str] = {}
    for line in (OPERATIONS + FUNCTIONAL).strip().splitlines():
        if not line.strip():
            continue
        expression, _, inputs = line.rpartition(" | ")
        # An exclamation mark: PyTorch has no second derivative.
        once = inputs.endswith(" !")
        found[line] = f"ops({expression!r}, {inputs.removesuffix(' !')!r}{', False' if once else ''})"
    return found
