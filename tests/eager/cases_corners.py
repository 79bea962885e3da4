# ruff: noqa: E501  (a case is a line)
"""Corners: empty tensors, numbers as vectors, whole slices, misfits; values, flags, names of nodes and errors."""

from __future__ import annotations

# What the cases speak of.
SETTING = """x = T.tensor([[1., 2.], [3., 4.]], requires_grad=True)
y = x * 2
z = T.tensor(2., requires_grad=True)
v = T.tensor([1., 2., 3.], requires_grad=True)
w = v * 1
"""

CORNERS = """
y.fill_(2)
y.fill_(z)
y.zero_()
y.eq_(2)
y.gt_(y)
y.logical_not_()
y.logical_and_(y)
y.copy_(T.ones(2,2))
y.copy_(True)
y.squeeze_()
y.squeeze_(0)
y.unsqueeze_(0)
y.t_()
y.transpose_(0,1)
y.fill_diagonal_(3)
y.fill_diagonal_(3); y
y[:]=1; y
y[...]=1; y
y[:]=y; y
y[()]=y; y
y[0]=y[1]; y
w[T.tensor(0)]
w[T.tensor([0])]
w[[0]]
w[range(1)]
w[(0,)]
w[T.tensor(True)]
w[True]
w[None]
w[()]
y[()]
w[...]
w[:]
w[0:3]
y[:, :]
y[:, 1:]
y[0:1]
y[0, :]
y[:, None]
y[..., :]
y[0, [0]]
y[None, [0]]
y[:, [0]]
y[[0], :1]
y[:1, [0]]
y[1:, [0]]
w.div(w, rounding_mode='floor')
w.div(2, rounding_mode='floor')
w.div(w, rounding_mode='trunc')
w.div(0.5, rounding_mode='trunc')
w.sgn()
w.sgn_()
z.max(0)[0]
z.max(0).values
z.min(-1)[0]
z.median(0)[0]
z.mode(0)[0]
z.topk(1)[0]
z.sort()[0]
z.kthvalue(1)[0]
z.cumsum(0)
z.cumprod(0)
z.logcumsumexp(0)
z.cummax(0)[0]
z.movedim(0,0)
z.unfold(0,1,1)
z.gather(0, T.zeros(1,dtype=T.int64))
z.index_fill(0, T.tensor([0]), 3.)
z.mT
z.T
z.adjoint()
y.adjoint()
y.hsplit(1)[0]
y.vsplit(1)[0]
y.hardshrink()
T.hardshrink(y)
w.unique()
T.unique(w)
w.unique_consecutive()
y.movedim(0,-1)
y.expand(2,2)
T.broadcast_tensors(y,y)[0]
T.broadcast_tensors(y,w[:2])[1]
T.sinc(T.tensor([1,2]))
T.tensor([1,2]).sgn()
T.tensor([True]).sgn()
T.tensor([True]).relu()
2 % T.tensor([0,1])
T.tensor([1,2]) // T.tensor([0,1])
T.tensor([1,2]) % 0
0 ** T.tensor([-1,2])
2 ** T.tensor([-1,2])
1j ** T.tensor([1.,2.])
1j ** T.tensor([1,2])
y.ravel()
y.flatten()
w.reshape(3)
w.view(3)
w.view_as(w)
w.reshape(3,1)
w.contiguous()
y.t().reshape(4)
y.t().contiguous()
y.requires_grad_()
y.requires_grad_(False)
float(w)
int(T.tensor([]))
float(T.tensor([]))
complex(w)
T.tensor([]).item()
w.item()
f'{w:.2f}'
f'{w[0]:.2f}'
f'{w}'
T.tensor([1.]).triu()
T.tensor([1.]).tril()
w.triu()
T.outer(y,w)
z.tensor_split(2)
w.tensor_split(2)[0]
z.split(1)
z.unbind()
z.chunk(1)
z.unfold(0,2,1)
w.unfold(0,4,1)
w.unfold(0,2,1)
T.tensor([], requires_grad=True).amax(0)
T.tensor([], requires_grad=True).amax()
T.tensor([], requires_grad=True).max()
T.tensor([], requires_grad=True).max(0)
T.tensor([]).argmax()
T.tensor([]).median()
T.tensor([]).std()
T.tensor([1,2]).nanmean()
T.tensor([1.,float('nan'),3.]).median()
T.tensor([1.,float('nan'),3.]).median(0)
T.tensor([1.,float('nan'),3.]).max(0)
T.tensor([1.,float('nan'),3.]).argmax()
T.tensor([1.,float('nan'),3.]).sort()
T.tensor([1.,float('nan'),3.]).topk(1)
T.tensor([1.,float('nan'),3.]).kthvalue(1)
T.tensor([1.,float('nan'),3.]).mode()
T.tensor([1.,float('nan'),3.]).cummax(0)
T.tensor([1.,float('nan'),3.]).cummax(0)[1]
T.tensor([1.,float('nan'),3.]).unique()
T.tensor([1j]) < T.tensor([1j])
T.tensor([1.]) & T.tensor([1.])
T.tensor([1j]).floor()
T.tensor([1j]).max()
T.tensor([1j]).sort()
T.tensordot(T.tensor([1,2]), T.tensor([1.,2.]), 1)
T.kron(y, w)
T.hypot(T.tensor([1j]), T.tensor([1.]))
T.atan2(T.tensor([1,2]), T.tensor([1,2]))
T.tensor([True]) - True
T.tensor([1.]) - True
True - T.tensor([1.])
T.tensor([1.]) - T.tensor(True)
T.tensor([1.]).sub(True)
w.isnan()
T.where(w>0, w, 1)
T.where(T.tensor([1,0,2]), w, w)
w.clamp(max=w)
T.tensor([1j]).clamp(0,1)
T.tensor([True]).clamp(max=0.3)
T.tensor([True]).clamp(0)
w.fmod(w)
w.lerp(w, w)
w.index_put_((T.tensor([0]),), T.tensor(2.))
w.masked_scatter_(w>0, w)
w.fill_diagonal_(1)
T.tensor([1.]).double() * np.float64(2)
T.tensor([1]) * np.float64(2)
np.float64(2) * T.tensor([1])
T.tensor([1.]) * np.int64(2)
np.float32(2) * T.tensor([1.], dtype=T.float64)
np.float64(0.5) < T.tensor([1.])
y.requires_grad = True; y
"""


def cases() -> dict[str, str]:
    """Name and code of each case."""
    found = {}
    for line in CORNERS.strip().splitlines():
        *before, last = line.split("; ")
        steps = "".join(f"{step}\n" for step in before)
        found[f"corner: {line}"] = (
            f"{SETTING}{steps}r = {last}\nsee(r)\nif isinstance(r, T.Tensor): see(r.is_leaf, r._is_view())"
        )
    return found
