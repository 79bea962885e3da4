# ruff: noqa: E501  (a case is a line)
"""Scripts as a user of PyTorch writes them: several observations each."""

CASES = {
    "hook replaces": "x=T.tensor([1.,2.],requires_grad=True); y=x*2; y.register_hook(lambda g: g*10); y.sum().backward(); see(x.grad)",
    "hook returns wrong shape": "x=T.tensor([1.,2.],requires_grad=True); y=x*2; y.register_hook(lambda g: g[:1]); fails(y.sum().backward)",
    "hook returns number": "x=T.tensor([1.,2.],requires_grad=True); y=x*2; y.register_hook(lambda g: 3.); fails(y.sum().backward)",
    "hook on constant": "x=T.tensor([1.,2.]); fails(x.register_hook, lambda g: g)",
    "hook remove": "x=T.tensor([1.,2.],requires_grad=True); h=x.register_hook(lambda g: g*2); x.sum().backward(); h.remove(); x.sum().backward(); see(x.grad); h.remove()",
    "hook handle with": "x=T.tensor([1.,2.],requires_grad=True)\nwith x.register_hook(lambda g: g*2): x.sum().backward()\nx.sum().backward(); see(x.grad)",
    "hook order": "x=T.tensor([1.,2.],requires_grad=True); log=[]; y=x*2; y.register_hook(lambda g: log.append('a')); y.register_hook(lambda g: (log.append('b'), g*2)[1]); y.register_hook(lambda g: log.append(g.tolist())); y.sum().backward(); see(log, x.grad)",
    "hook retain after": "x=T.tensor([1.,2.],requires_grad=True); y=x*2; y.retain_grad(); y.register_hook(lambda g: g*5); y.sum().backward(); see(y.grad, x.grad, y.retains_grad, x.retains_grad)",
    "hook in create_graph": "x=T.tensor(2.,requires_grad=True); y=x*x; y.register_hook(lambda g: g*x); g,=A.grad(y*3,x,create_graph=True); see(g); see(A.grad(g,x))",
    "post accumulate hook": "x=T.tensor([1.,2.],requires_grad=True); log=[]; x.register_post_accumulate_grad_hook(lambda p: log.append(p.grad.tolist())); x.sum().backward(); (x*2).sum().backward(); see(log)",
    "post accumulate not leaf": "x=T.tensor([1.,2.],requires_grad=True); fails((x*2).register_post_accumulate_grad_hook, lambda p: None)",
    "post accumulate zero": "x=T.tensor([1.,2.],requires_grad=True)\ndef h(p): p.grad=None\nx.register_post_accumulate_grad_hook(h); x.sum().backward(); see(x.grad)",
    "node hook": "x=T.tensor([1.,2.],requires_grad=True); y=x.exp(); log=[]; y.grad_fn.register_hook(lambda gi,go: log.append((len(gi),len(go),gi[0].tolist(),go[0].tolist()))); y.sum().backward(); see(log)",
    "node prehook": "x=T.tensor([1.,2.],requires_grad=True); y=x*3; y.grad_fn.register_prehook(lambda go: (go[0]*100,)); y.sum().backward(); see(x.grad)",
    "hook sees inplace": "x=T.tensor([1.,2.],requires_grad=True); y=x*2; log=[]; y.register_hook(lambda g: log.append(g.tolist())); y.mul_(3); y.register_hook(lambda g: log.append(('new',g.tolist()))); y.sum().backward(); see(log, x.grad)",
    "hook under grad inputs": "x=T.tensor([1.,2.],requires_grad=True); y=x*2; log=[]; y.register_hook(lambda g: log.append(1)); x.register_hook(lambda g: g*7); see(A.grad(y.sum(), x)); see(log)",
    "retain_grad constant": "fails(T.ones(2).retain_grad)",
    "retain_grad leaf": "x=T.ones(2,requires_grad=True); x.retain_grad(); x.sum().backward(); see(x.grad, x.retains_grad)",
    "retain_grad twice": "x=T.ones(2,requires_grad=True); y=x*2; y.retain_grad(); y.retain_grad(); y.sum().backward(retain_graph=True); y.sum().backward(); see(y.grad)",
    "retain_grad view inplace": "x=T.ones(3,requires_grad=True); y=x*2; y.retain_grad(); v=y[:2]; v.mul_(5); y.sum().backward(); see(y.grad, x.grad)",
    "retain_grad with grad": "x=T.ones(3,requires_grad=True); y=x*2; y.retain_grad(); A.grad(y.sum(), x); see(y.grad)",
    "hook exception": "x=T.ones(3,requires_grad=True); y=x*2\ndef h(g): raise KeyError('boo')\ny.register_hook(h); fails(y.sum().backward)",
    "function basic": """
class Sq(A.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x); return x*x
    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return 2*x*g
x=T.tensor([1.,2.],requires_grad=True); y=Sq.apply(x); see(y, repr(y)); y.sum().backward(); see(x.grad)
""",
    "function setup_context": """
class Sq(A.Function):
    @staticmethod
    def forward(x, k): return x**k
    @staticmethod
    def setup_context(ctx, inputs, output):
        x, k = inputs; ctx.save_for_backward(x); ctx.k=k
    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        see(ctx.needs_input_grad)
        return ctx.k*x**(ctx.k-1)*g, None
x=T.tensor([1.,2.],requires_grad=True); y=Sq.apply(x, 3); see(repr(y)); y.sum().backward(); see(x.grad)
""",
    "function double": """
class Sq(A.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x); return x*x
    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return 2*x*g
x=T.tensor([1.,2.],requires_grad=True); y=Sq.apply(x); g,=A.grad(y.sum(),x,create_graph=True); see(g); see(A.grad(g.sum(),x))
""",
    "function once": """
from_=A.function.once_differentiable
class Sq(A.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x); return x*x
    @staticmethod
    @from_
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return 2*x*g
x=T.tensor([1.,2.],requires_grad=True); y=Sq.apply(x); g,=A.grad(y.sum(),x,create_graph=True); see(g.requires_grad); fails(g.sum().backward)
""",
    "function wrong count": """
class Sq(A.Function):
    @staticmethod
    def forward(ctx, x, y): return x*y
    @staticmethod
    def backward(ctx, g): return g
x=T.tensor([1.,2.],requires_grad=True); y=Sq.apply(x, x); fails(y.sum().backward)
""",
    "function extra none": """
class Sq(A.Function):
    @staticmethod
    def forward(ctx, x): return x*2
    @staticmethod
    def backward(ctx, g): return g*2, None, None
x=T.tensor([1.,2.],requires_grad=True); Sq.apply(x).sum().backward(); see(x.grad)
""",
    "function two outputs": """
class F2(A.Function):
    @staticmethod
    def forward(ctx, x): return x*2, x*3
    @staticmethod
    def backward(ctx, a, b):
        see(a, b); return a*2+b*3
x=T.tensor([1.,2.],requires_grad=True); y,z=F2.apply(x); y.sum().backward(); see(x.grad, type(y.grad_fn).__name__)
""",
    "function materialize": """
class F2(A.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.set_materialize_grads(False); return x*2, x*3
    @staticmethod
    def backward(ctx, a, b):
        see(b is None); return a*2
x=T.tensor([1.,2.],requires_grad=True); y,z=F2.apply(x); y.sum().backward(); see(x.grad)
""",
    "function mark dirty": """
class Add(A.Function):
    @staticmethod
    def forward(ctx, x):
        x.add_(1); ctx.mark_dirty(x); return x
    @staticmethod
    def backward(ctx, g): return g*3
x=T.tensor([1.,2.],requires_grad=True); y=x*1; z=Add.apply(y); see(z is y, type(y.grad_fn).__name__, y); y.sum().backward(); see(x.grad)
""",
    "function mark dirty leaf": """
class Add(A.Function):
    @staticmethod
    def forward(ctx, x):
        x.add_(1); ctx.mark_dirty(x); return x
    @staticmethod
    def backward(ctx, g): return g*3
x=T.tensor([1.,2.],requires_grad=True); fails(Add.apply, x)
""",
    "function non differentiable": """
class S(A.Function):
    @staticmethod
    def forward(ctx, x):
        v, i = x.sort(); ctx.mark_non_differentiable(i); ctx.save_for_backward(i); return v, i
    @staticmethod
    def backward(ctx, g, gi):
        i, = ctx.saved_tensors; out=T.zeros_like(g); out.index_add_(0, i, g); return out
x=T.tensor([3.,1.,2.],requires_grad=True); v,i=S.apply(x); see(v, i, i.requires_grad); (v*T.tensor([1.,10.,100.])).sum().backward(); see(x.grad)
""",
    "function returns input": """
class I(A.Function):
    @staticmethod
    def forward(ctx, x): return x
    @staticmethod
    def backward(ctx, g): return g*5
x=T.tensor([3.,1.],requires_grad=True); y=I.apply(x); see(y is x, repr(y)); y.sum().backward(); see(x.grad)
""",
    "function saved freed": """
class Sq(A.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x); return x*x
    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return 2*x*g
x=T.tensor([1.,2.],requires_grad=True); y=Sq.apply(x).sum(); y.backward(); fails(y.backward)
""",
    "function saved written": """
class Sq(A.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x); return x*x
    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return 2*x*g
x=T.tensor([1.,2.],requires_grad=True); w=x*1; y=Sq.apply(w).sum(); w.add_(1); fails(y.backward)
""",
    "function not static": """
class Sq(A.Function):
    def forward(self, x): return x*x
    def backward(self, g): return g
x=T.tensor([1.,2.],requires_grad=True); fails(Sq.apply, x)
""",
    "function instance": """
class Sq(A.Function):
    @staticmethod
    def forward(ctx, x): return x*x
    @staticmethod
    def backward(ctx, g): return g
x=T.tensor([1.,2.],requires_grad=True); fails(Sq(), x)
""",
    "function no tensor": """
class Sq(A.Function):
    @staticmethod
    def forward(ctx, x): return x*2
    @staticmethod
    def backward(ctx, g): return g
x=T.tensor([1.,2.]); y=Sq.apply(x); see(y.requires_grad, y)
with T.no_grad(): see(Sq.apply(T.ones(2,requires_grad=True)).requires_grad)
""",
    "function backward none": """
class Sq(A.Function):
    @staticmethod
    def forward(ctx, x): return x*2
    @staticmethod
    def backward(ctx, g): return None
x=T.tensor([1.,2.],requires_grad=True); y=Sq.apply(x).sum(); y.backward(); see(x.grad)
""",
    "function wrong shape": """
class Sq(A.Function):
    @staticmethod
    def forward(ctx, x): return x*2
    @staticmethod
    def backward(ctx, g): return g[:1]
x=T.tensor([[1.,2.],[3.,4.]],requires_grad=True); fails(Sq.apply(x).sum().backward)
""",
    "function jvp": """
class Sq(A.Function):
    @staticmethod
    def forward(x): return x*x
    @staticmethod
    def setup_context(ctx, inputs, output): ctx.save_for_backward(*inputs); ctx.save_for_forward(*inputs)
    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return 2*x*g
    @staticmethod
    def jvp(ctx, t):
        x, = ctx.saved_tensors
        return 2*x*t
x=T.tensor([1.,2.]); see(T.func.jvp(Sq.apply, (x,), (T.tensor([1.,10.]),)))
""",
    "function recompute closure": """
class M(A.Function):
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w); ctx.s=w.shape; return x@w
    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors; gx=gw=None
        if ctx.needs_input_grad[0]: gx=g@w.T
        if ctx.needs_input_grad[1]: gw=x.T@g
        return gx, gw
x=T.ones(2,3); w=T.ones(3,2,requires_grad=True); M.apply(x,w).sum().backward(); see(w.grad, x.grad)
""",
    "function no backward": """
class Sq(A.Function):
    @staticmethod
    def forward(ctx, x): return x*2
x=T.tensor([1.,2.],requires_grad=True); y=Sq.apply(x); fails(y.sum().backward)
""",
    "function list arg": """
class Sq(A.Function):
    @staticmethod
    def forward(ctx, xs): return xs[0]*2
    @staticmethod
    def backward(ctx, g): return None
x=T.tensor([1.,2.],requires_grad=True); y=Sq.apply([x]); see(y.requires_grad)
""",
    "function save non tensor": """
class Sq(A.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x, None); return x*2
    @staticmethod
    def backward(ctx, g):
        see(ctx.saved_tensors[1]); return g
x=T.tensor([1.,2.],requires_grad=True); y=Sq.apply(x); y.sum().backward(); see(x.grad)
""",
    "function save number": """
class Sq(A.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(3); return x*2
    @staticmethod
    def backward(ctx, g): return g
x=T.tensor([1.,2.],requires_grad=True); fails(Sq.apply, x)
""",
    "function grad mode inside": """
class Sq(A.Function):
    @staticmethod
    def forward(ctx, x):
        see(T.is_grad_enabled(), x.requires_grad); return x*2
    @staticmethod
    def backward(ctx, g):
        see(T.is_grad_enabled(), g.requires_grad); return g*2
x=T.tensor([1.,2.],requires_grad=True); y=Sq.apply(x); y.sum().backward(); Sq.apply(x).sum().backward(create_graph=True)
""",
    "function generate_vmap": """
class Sq(A.Function):
    generate_vmap_rule=True
    @staticmethod
    def forward(x): return x*x
    @staticmethod
    def setup_context(ctx, inputs, output): ctx.save_for_backward(*inputs)
    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return 2*x*g
x=T.tensor([1.,2.]); see(T.func.vmap(Sq.apply)(x)); see(T.func.vmap(T.func.grad(Sq.apply))(x)); see(T.func.grad(lambda x: Sq.apply(x).sum())(x))
""",
    "no_grad nested function": "@T.no_grad()\ndef f(x):\n    with T.enable_grad(): return x*2\nsee(f(T.ones(1,requires_grad=True)).requires_grad)",
    "no_grad class decorator": "class M:\n    @T.no_grad()\n    def f(self, x): return x*2\nsee(M().f(T.ones(1,requires_grad=True)).requires_grad)",
    "no_grad async": """
import asyncio
async def a():
    with T.no_grad():
        await asyncio.sleep(0); return (T.ones(1,requires_grad=True)*2).requires_grad
see(asyncio.run(a()), T.is_grad_enabled())
""",
    "no_grad async decorated": """
import asyncio
@T.no_grad()
async def a(): return (T.ones(1,requires_grad=True)*2).requires_grad
asyncio.run(a())
see(T.is_grad_enabled())
""",
    "set_grad_enabled decorator": "@T.set_grad_enabled(False)\ndef f(x): return x*2\nsee(f(T.ones(1,requires_grad=True)).requires_grad, T.is_grad_enabled())",
    "inference off": "with T.inference_mode():\n    with T.inference_mode(False): y=T.ones(2,requires_grad=True)*2; see(y.requires_grad, T.is_grad_enabled(), T.is_inference_mode_enabled())\n    see(T.is_inference_mode_enabled())",
    "inference normal inplace": "x=T.ones(2)\nwith T.inference_mode(): x.add_(1)\nsee(x, x.is_inference(), x._version)",
    "generator mode": "def g():\n    with T.no_grad():\n        yield T.is_grad_enabled()\n        yield T.is_grad_enabled()\nit=g(); see(next(it), T.is_grad_enabled()); see(next(it)); list(it); see(T.is_grad_enabled())",
    "threads backward": """
import threading
x=T.ones(3,requires_grad=True); out=[]
def w(k):
    y=(x*k).sum(); out.append(A.grad(y,x)[0].sum().item())
ts=[threading.Thread(target=w,args=(k,)) for k in range(4)]
[t.start() for t in ts]; [t.join() for t in ts]; see(sorted(out))
""",
    "anomaly nan": "x=T.tensor([-1.],requires_grad=True)\nwith A.detect_anomaly():\n    y=T.sqrt(x).sum(); fails(y.backward)",
    "anomaly set": "A.set_detect_anomaly(True); see(A.set_detect_anomaly is not None); x=T.tensor([0.],requires_grad=True); y=(T.sqrt(x)*0).sum(); fails(y.backward); A.set_detect_anomaly(False); (T.sqrt(x)*0).sum().backward(); see(x.grad)",
    "anomaly check_nan off": "x=T.tensor([-1.],requires_grad=True)\nwith A.detect_anomaly(check_nan=False):\n    y=T.sqrt(x).sum(); y.backward(); see(x.grad)",
    "anomaly is on": "see(T.is_anomaly_enabled())\nwith A.detect_anomaly(): see(T.is_anomaly_enabled())\nwith A.set_detect_anomaly(True): see(T.is_anomaly_enabled())\nsee(T.is_anomaly_enabled())",
    "gradcheck ok": "x=T.tensor([0.3,0.7],dtype=T.double,requires_grad=True); see(A.gradcheck(T.sin,(x,)), A.gradgradcheck(T.sin,(x,)))",
    "gradcheck wrong": """
class W(A.Function):
    @staticmethod
    def forward(ctx, x): return x*2
    @staticmethod
    def backward(ctx, g): return g*3
x=T.tensor([0.3,0.7],dtype=T.double,requires_grad=True); fails(A.gradcheck, W.apply, (x,)); see(A.gradcheck(W.apply,(x,),raise_exception=False))
""",
    "gradcheck no inputs": "fails(A.gradcheck, T.sin, (T.ones(2,dtype=T.double),))",
    "gradcheck tuple out": "x=T.tensor([0.3,0.7],dtype=T.double,requires_grad=True); see(A.gradcheck(lambda x: (x.sin(), x.cos()),(x,)), A.gradcheck(lambda a,b: a@b, (x, x.detach().clone().requires_grad_())))",
    "gradcheck complex": "x=T.tensor([0.3+1j,0.7-2j],requires_grad=True).to(T.complex128).detach().requires_grad_(); see(A.gradcheck(lambda z: z*z.conj(),(x,)), A.gradcheck(T.abs,(x,)))",
    "gradcheck kwargs": "x=T.tensor([0.3,0.7],dtype=T.double,requires_grad=True); see(A.gradcheck(lambda x: x**3, x, eps=1e-6, atol=1e-4, rtol=1e-3, fast_mode=True, check_batched_grad=False, nondet_tol=0.))",
    "print empty": "see(repr(T.tensor([])), repr(T.empty(0,3)), repr(T.zeros(2,0,dtype=T.int64)), repr(T.tensor([],requires_grad=True)), repr(T.empty(0,dtype=T.bool)))",
    "print 0d kinds": "see(repr(T.tensor(1)), repr(T.tensor(True)), repr(T.tensor(1.5)), repr(T.tensor(1e10)), repr(T.tensor(1e-10)), repr(T.tensor(float('nan'))), repr(T.tensor(1+2j)), repr(T.tensor(3,dtype=T.uint8)), repr(T.tensor(1.,dtype=T.float64)), repr(T.tensor(1.,dtype=T.float16)))",
    "print sci": "see(repr(T.tensor([1e-5,1.])), repr(T.tensor([1e5,1.5])), repr(T.tensor([1e8,1.])), repr(T.tensor([1e9,2e9])), repr(T.tensor([1e-8,0.])), repr(T.tensor([123456.,0.1])), repr(T.tensor([1e38,-1e38])))",
    "print inf": "see(repr(T.tensor([float('inf'),1.])), repr(T.tensor([float('-inf'),float('nan')])), repr(T.tensor([float('nan'),1e-6,1.])), repr(T.tensor([float('inf'),1e10, 0.5])))",
    "print ints": "see(repr(T.tensor([1,-20,300])), repr(T.tensor([[1,2],[30,-4]],dtype=T.int32)), repr(T.tensor([2**62])), repr(T.tensor([1.,2.,30.])), repr(T.tensor([1000000.,2.])), repr(T.tensor([1e7,2.])))",
    "print bool": "see(repr(T.tensor([True,False])), repr(T.tensor([[True],[False]])), str(T.tensor([True])))",
    "print complex": "see(repr(T.tensor([1+2j,-3.5-4j])), repr(T.tensor([1e-6+2j,3j])), repr(T.tensor([1+2j],dtype=T.complex128)), repr(T.tensor([complex('nan'),1j])))",
    "print threshold": "see(repr(T.arange(1001)), repr(T.arange(1000).sum()), repr(T.zeros(1200)), repr(T.arange(2000.).reshape(40,50)), repr(T.arange(3000).reshape(10,10,30)), repr(T.zeros(1,1001)), repr(T.zeros(1001,1)))",
    "print wide": "see(repr(T.arange(30)), repr(T.arange(60.)/7), repr(T.arange(40).reshape(2,20)*1000), repr(T.arange(100)))",
    "print 3d": "see(repr(T.arange(8.).reshape(2,2,2)), repr(T.zeros(1,1,1,1)), repr(T.ones(2,1,2,1)), repr(T.arange(16).reshape(2,2,2,2)))",
    "print flags": "x=T.ones(2,requires_grad=True); see(repr(x), repr(x*2), repr((x*2).double()), repr(x.double()), repr(x.detach()), repr(x[0]), repr(x.sum()), repr(x.view(2,1)), repr(x.unsqueeze(0)), repr(x.T if False else x.clone()))",
    "print flags long": "x=T.arange(20.,requires_grad=True); see(repr(x), repr(x*1000), repr(T.ones(3,5,dtype=T.float64,requires_grad=True)), repr(T.arange(13.,dtype=T.float64,requires_grad=True)))",
    "print precision option": "T.set_printoptions(precision=2); see(repr(T.tensor([1.23456,2.]))); T.set_printoptions(precision=6); see(repr(T.tensor([1.23456789,2.]))); T.set_printoptions(profile='default'); see(repr(T.tensor([1.23456])))",
    "print sci option": "T.set_printoptions(sci_mode=True); see(repr(T.tensor([1.23456,2.]))); T.set_printoptions(sci_mode=False); see(repr(T.tensor([1e-8,2.]))); T.set_printoptions(profile='default'); see(repr(T.tensor([1e-8,1.])))",
    "print threshold option": "T.set_printoptions(threshold=5,edgeitems=1); see(repr(T.arange(10)), repr(T.arange(12.).reshape(3,4))); T.set_printoptions(profile='full'); see(len(repr(T.arange(1500)))); T.set_printoptions(profile='short'); see(repr(T.tensor([1.23456])), repr(T.arange(1500))); T.set_printoptions(profile='default')",
    "print linewidth option": "T.set_printoptions(linewidth=40); see(repr(T.arange(30.))); T.set_printoptions(profile='default')",
    "print str": "x=T.ones(2,requires_grad=True); see(str(x), f'{x}', f'{x.sum().detach()}', f'{T.tensor(2.5):.1f}', '%s' % (x*2))",
    "print format 1d": "fails(lambda: f'{T.ones(2):.2f}'); see(f'{T.tensor(3):d}', f'{T.tensor(2.0)}', f'{T.tensor(2.0,requires_grad=True)}')",
    "print half": "see(repr(T.tensor([0.1,1e4],dtype=T.float16)), repr(T.tensor([65504.,1e-4],dtype=T.float16)), repr(T.tensor([0.1],dtype=T.float64)), repr(T.tensor([1/3,1e5],dtype=T.float64)))",
    "print neg zero": "see(repr(T.tensor([-0.,0.])), repr(T.tensor([-1e-9,1.])), repr(T.tensor(-0.)), repr(T.tensor([-0.5,0.00001])))",
    "print uint": "see(repr(T.tensor([1,255],dtype=T.uint8)), repr(T.tensor([1,5],dtype=T.int8)), repr(T.tensor([-1],dtype=T.int16)), repr(T.tensor([1],dtype=T.uint16)), repr(T.tensor([7],dtype=T.uint32)), repr(T.tensor([7],dtype=T.uint64)))",
    "print size": "see(repr(T.ones(2,3).size()), str(T.Size([1])), repr(T.Size([])), T.Size([2,3])+(1,), T.Size([2,3]).numel(), T.Size((1,2))[1:], T.Size([2])*2, T.ones(2,3).shape==(2,3), T.Size([1,2])==[1,2], type(T.Size([2,3])[0:1]).__name__)",
    "print dtypes": "see(str(T.float), str(T.long), repr(T.bool), str(T.half), str(T.cfloat), T.float32.is_floating_point, T.complex64.is_complex, T.int8.is_signed, T.uint8.is_signed, T.float32.itemsize, T.float64.to_complex(), T.complex64.to_real(), str(T.ones(1).device), repr(T.ones(1).device), str(T.ones(1).layout))",
    "print finfo": "see(T.finfo(T.float32).eps, T.finfo(T.float64).max, T.finfo(T.float16).tiny, T.iinfo(T.int32).max, T.iinfo(T.uint8).min, T.finfo(T.float32).bits, T.finfo().dtype, repr(T.finfo(T.float32)), repr(T.iinfo(T.int8)))",
    "tensor dtypes": "see(T.tensor([1,2]).dtype, T.tensor([1.,2]).dtype, T.tensor([True]).dtype, T.tensor([1,2.5,True]).dtype, T.tensor([1j]).dtype, T.tensor(np.float64(2)).dtype, T.tensor(np.array([1,2],np.int32)).dtype, T.tensor([np.float64(1)]).dtype, T.tensor(np.ones(2)).dtype, T.tensor([]).dtype, T.tensor([[]]).shape)",
    "tensor of tensors": "see(T.tensor([T.tensor(1.),T.tensor(2.)]), T.tensor(T.ones(2)).requires_grad, T.tensor([T.tensor(1),T.tensor(2.5)]).dtype)",
    "as_tensor": "a=np.ones(3); t=T.as_tensor(a); a[0]=5; see(t); x=T.ones(2); see(T.as_tensor(x) is x, T.as_tensor([1,2]), T.as_tensor(x,dtype=T.float64).dtype, T.asarray([1.,2.]), T.asarray(a).dtype)",
    "from_numpy": "a=np.arange(3.); t=T.from_numpy(a); t[0]=9; see(a, t.dtype, t.requires_grad); t.requires_grad_(); y=(t*t).sum(); a[1]=50; y.backward(); see(t.grad); fails(T.from_numpy,[1])",
    "from_numpy neg stride": "a=np.arange(3.)[::-1]; fails(T.from_numpy, a); fails(T.from_numpy, np.array(['a'])); fails(T.from_numpy, np.ones(2,np.longdouble))",
    "numpy shared": "t=T.ones(3); a=t.numpy(); a[0]=4; t[1]=6; see(t,a); fails(T.ones(2,requires_grad=True).numpy); see(T.ones(2,requires_grad=True).numpy(force=True), np.asarray(t).shape, np.array(t).dtype, t.__array__().dtype)",
    "np.asarray grad": "x=T.ones(2,requires_grad=True); fails(np.asarray, x); fails(np.array, x); fails(lambda: np.ones(2)+np.asarray(x))",
    "dlpack": "t=T.arange(4.); a=np.from_dlpack(t); a[0]=7; see(t, t.__dlpack_device__()); b=T.from_dlpack(np.arange(3.)); see(b); fails(T.ones(2,requires_grad=True).__dlpack__)",
    "arange kinds": "see(T.arange(5), T.arange(1,4), T.arange(1,2,0.25), T.arange(5.), T.arange(5,1,-2), T.arange(0,1,0.1,dtype=T.float64), T.arange(3,dtype=T.int8), T.arange(start=1,end=3,step=1), T.arange(2,requires_grad=False)); fails(T.arange,0,5,-1); fails(T.arange,1,2,0)",
    "full eye": "see(T.full((2,2),3), T.full((2,),3.5), T.full((),True), T.eye(2), T.eye(2,3), T.full_like(T.ones(2,dtype=T.int32),7), T.zeros_like(T.ones(2,requires_grad=True)).requires_grad, T.ones_like(T.arange(2),dtype=T.float32), T.empty(2,3).shape, T.empty_like(T.ones(2,3)).shape, T.empty((1,2)).shape)",
    "new_": "x=T.ones(2,dtype=T.float64); see(x.new_zeros(3).dtype, x.new_ones((2,2)), x.new_full((2,),7), x.new_tensor([1,2]), x.new_empty(2).dtype, x.new_zeros(2,dtype=T.int32), x.new_ones(2,requires_grad=True).requires_grad)",
    "int grad": "fails(T.tensor,[1],requires_grad=True); fails(T.ones,2,dtype=T.int64,requires_grad=True); fails(T.arange,3,requires_grad=True); fails(T.ones(2,dtype=T.bool).requires_grad_)",
    "promotion numbers": "i=T.tensor([1,2]); f=T.tensor([1.,2.]); d=T.ones(2,dtype=T.float64); h=T.ones(2,dtype=T.float16); see((i+1).dtype,(i+1.5).dtype,(i/2).dtype,(f+1j).dtype,(d+1j).dtype,(h+1.5).dtype,(i+f).dtype,(f+d).dtype,(h+f).dtype,(i*True).dtype,(i//2).dtype,(i%2).dtype,(i**2).dtype,(i**2.).dtype,(2**i).dtype,(2.**i).dtype,(f>1).dtype,(-i).dtype,(~i).dtype,(i+T.tensor(1.5,dtype=T.float64)).dtype,(h+T.tensor(1.,dtype=T.float64)).dtype,(i+T.tensor(2**40)).dtype)",
    "promotion small": "u=T.tensor([200],dtype=T.uint8); s=T.tensor([100],dtype=T.int8); see(u+u, u+s, s+s, u+100, u*2, -u, u-201, (u/3), u//3, u**2, s+1.5, u&15, u<<1, u>>1, ~u, s^3)",
    "promotion 0d": "a=T.tensor(1.,dtype=T.float64); f=T.ones(2); see((a+f).dtype,(a+T.tensor(1.)).dtype,(T.tensor(1)+f).dtype,(a+T.ones(2,dtype=T.int64)).dtype,(T.tensor(1j)+f).dtype,(T.tensor(True)+T.tensor([1])).dtype, (a*T.tensor(2)).dtype)",
    "promotion where cat": "see(T.where(T.tensor([True,False]),1,2.).dtype, T.where(T.tensor([True]),T.ones(1),T.ones(1,dtype=T.float64)).dtype, T.cat([T.ones(1),T.ones(1,dtype=T.float64)]).dtype, T.cat([T.ones(1,dtype=T.int64),T.ones(1)]).dtype, T.stack([T.ones(1),T.ones(1,dtype=T.int64)]).dtype, T.result_type(T.ones(1),1), T.promote_types(T.int32,T.float16), T.can_cast(T.float32,T.int32))",
    "promotion reductions": "i=T.tensor([1,2]); see(i.sum().dtype, i.prod().dtype, i.cumsum(0).dtype, T.tensor([True,True]).sum(), i.to(T.int8).sum().dtype, i.max().dtype, i.float().mean().dtype, T.ones(2,dtype=T.float16).sum().dtype, i.sum(dtype=T.float32).dtype, i.any().dtype, i.to(T.uint8).any().dtype); fails(i.mean); fails(i.std); fails(i.norm)",
    "grad dtype": "x=T.ones(2,requires_grad=True); (x.double()*2).sum().backward(); see(x.grad.dtype); y=T.ones(2,dtype=T.float16,requires_grad=True); (y.float()**2).sum().backward(); see(y.grad); (x*T.ones(2,dtype=T.float64)).sum().backward(); see(x.grad)",
    "set default": "T.set_default_dtype(T.float64); see(T.tensor(1.).dtype, T.ones(1).dtype, (T.arange(2)/2).dtype, T.tensor([1j]).dtype, repr(T.ones(1)), repr(T.ones(1,dtype=T.float32)), repr(T.tensor(1j))); T.set_default_dtype(T.float32); fails(T.set_default_dtype, T.int32)",
    "item errors": "fails(T.ones(2).item); fails(lambda: float(T.ones(2))); fails(lambda: int(T.ones(0))); fails(lambda: bool(T.ones(2))); see(T.ones(1,1).item(), float(T.tensor([2.5])), int(T.tensor(2.7)), bool(T.tensor(0.)), complex(T.tensor(1.)), T.tensor(3).__index__(), [1,2,3][T.tensor(1)]); fails(lambda: [1,2][T.tensor(1.)]); fails(lambda: bool(T.ones(0)))",
    "tolist": "see(T.arange(4).reshape(2,2).tolist(), T.tensor(2.5).tolist(), T.ones(2,0).tolist(), T.tensor([1j]).tolist(), T.ones(2,requires_grad=True).tolist())",
    "to forms": "x=T.ones(2); see(x.to(T.float64).dtype, x.to('cpu') is x, x.to(x) is x, x.to(T.float32) is x, x.to(T.float32,copy=True) is x, x.to('cpu',T.float64).dtype, x.to(dtype=T.int32).dtype, x.to(T.ones(1,dtype=T.int8)).dtype, x.type(T.DoubleTensor).dtype if hasattr(T,'DoubleTensor') else x.double().dtype, x.cpu() is x, x.type_as(T.ones(1,dtype=T.int64)).dtype, x.float() is x, x.half().dtype)",
    "iteration": "x=T.arange(6.).reshape(3,2).requires_grad_(); see([repr(r) for r in x], len(x), sum(r.sum() for r in x)); fails(lambda: list(T.tensor(1.))); fails(len, T.tensor(1.)); a,b,c=x; see(b); fails(lambda: (lambda a,b: 0)(*T.ones(3)))",
    "contains bool": "see(2 in T.tensor([1,2]), 5 in T.tensor([1,2]), T.tensor(2) in T.tensor([1,2]), T.ones(2)==1, (T.ones(2)==T.ones(3)) if False else 0, T.ones(2)!=None, T.ones(2)==None, T.ones(2)=='a')",
    "hash dict": "a=T.ones(1); d={a:1}; see(d[a], a in d, len({a,a,T.ones(1)}), a is not None)",
    "equal allclose": "see(T.equal(T.ones(2),T.ones(2)), T.equal(T.ones(2),T.ones(3)), T.allclose(T.ones(2),T.ones(2)+1e-9), T.isclose(T.ones(2),T.tensor([1.,2.])), T.ones(2).equal(T.zeros(2))); fails(T.allclose, T.ones(2), T.ones(2,dtype=T.float64))",
    "copy deepcopy pickle": "import copy,pickle\nx=T.tensor([1.,2.],requires_grad=True); (x*x).sum().backward(); y=copy.deepcopy(x); see(y, y.grad, y.is_leaf); z=pickle.loads(pickle.dumps(x)); see(z, z.grad); c=copy.copy(x); see(c.requires_grad); fails(copy.deepcopy, x*2); p=pickle.loads(pickle.dumps(T.ones(2,dtype=T.int8))); see(p)",
    "index none ellipsis": "x=T.arange(24.).reshape(2,3,4).requires_grad_(); see(x[None].shape, x[...,None].shape, x[:,None,1].shape, x[...,0].shape, x[0,...,1], x[1,2,3], x[-1,-1], x[:, ::2].shape, x[..., 1:3][0])",
    "index lists": "x=T.arange(12.).reshape(3,4).requires_grad_(); y=x[[0,2]]; z=x[[0,2],[1,3]]; w=x[:,[1,1,3]]; see(y,z,w); (y.sum()+z.sum()*2+w.sum()*3).backward(); see(x.grad)",
    "index tensors": "x=T.arange(12.).reshape(3,4).requires_grad_(); i=T.tensor([[0,1],[2,0]]); see(x[i].shape, x[i,1], x[T.tensor(1)], x[T.tensor([True,False,True])], x[x>5], x[T.tensor([0,2]),:2], x[:,T.tensor([0,1])].shape); x[i].sum().backward(); see(x.grad)",
    "index mixed": "x=T.arange(24.).reshape(2,3,4); see(x[0,[1,2]], x[:,[0,1],None].shape, x[[0,1],:,[1,2]], x[T.tensor([0]),...,T.tensor([1])], x[[True,False]], x[:,[True,False,True],0], x[(0,1)], x[0][1][2])",
    "index np": "x=T.arange(6.); see(x[np.array([1,2])], x[np.int64(2)], x[np.array([True]*3+[False]*3)], x[range(2)] if False else 0, x[(T.tensor([1,2]),)])",
    "index bool scalar": "x=T.arange(3.); see(x[True], x[False], x[T.tensor(True)], x[None,True].shape); x[True]=5; see(x)",
    "index slices": "x=T.arange(10.); see(x[2:5], x[::3], x[-3:], x[:-20], x[5:2], x[T.tensor(2):T.tensor(5)], x[slice(1,None,4)]); fails(lambda: x[::-1]); fails(lambda: x[::0])",
    "setitem forms": "x=T.zeros(3,4); x[0]=1; x[1,:2]=T.tensor([5.,6.]); x[:,3]=7; x[T.tensor([2]),T.tensor([0])]=9; x[x==7]=-1; x[...,1]=T.tensor([[1.],[2.],[3.]])[:,0]; x[[0,1],[2,2]]=T.tensor([3.,4.]); see(x); x[2]=T.arange(4); see(x)",
    "setitem int": "x=T.zeros(3,dtype=T.int64); x[0]=2.7; x[1]=True; x[2]=T.tensor(3.9); see(x)",
    "setitem grad": "x=T.zeros(3); w=T.tensor([1.,2.],requires_grad=True); x[:2]=w*w; x[2]=w.sum(); see(x); (x*T.tensor([1.,10.,100.])).sum().backward(); see(w.grad)",
    "setitem grad index": "x=T.ones(3,requires_grad=True); y=x*2; w=T.tensor([5.,6.],requires_grad=True); y[[0,2]]=w; y[1]*=3; see(y); (y*y).sum().backward(); see(x.grad,w.grad)",
    "setitem mask grad": "x=T.tensor([1.,-2.,3.],requires_grad=True); y=x*1; y[y<0]=0; y.sum().backward(); see(x.grad); z=x*1; z[z>0]=z[z>0]*5; z.sum().backward(); see(x.grad)",
    "setitem broadcasting": "x=T.zeros(2,3); w=T.tensor(2.,requires_grad=True); x[:,1:]=w; x[1]=T.ones(1,3)*w; (x*x).sum().backward(); see(x, w.grad)",
    "setitem aliased": "x=T.arange(4.).requires_grad_(); y=x*1; y[1:]=y[:-1]*2; see(y); y.sum().backward(); see(x.grad)",
    "index_put": "x=T.zeros(4); x.index_put_((T.tensor([0,0,1]),),T.tensor([1.,2.,3.]),accumulate=True); see(x, x.index_put((T.tensor([3]),),T.tensor(9.)))",
    "index_add etc": "x=T.ones(3,2,requires_grad=True); i=T.tensor([0,2,0]); s=T.arange(6.).reshape(3,2).requires_grad_(); y=x.index_add(0,i,s,alpha=2); see(y); y.sum().backward(); see(s.grad); see(x.index_copy(0,T.tensor([1]),T.zeros(1,2)), x.index_fill(0,T.tensor([1]),5.), x.index_select(1,T.tensor([1,1])), T.take(x,T.tensor([0,5])), x.take_along_dim(T.tensor([[0],[1],[0]]),1), x.scatter(0,T.tensor([[0,1]]),7.), x.scatter_add(0,T.tensor([[0,0]]),T.ones(1,2)))",
    "gather": "x=T.arange(6.).reshape(2,3).requires_grad_(); i=T.tensor([[0,0],[2,1]]); y=x.gather(1,i); see(y); (y*y).sum().backward(); see(x.grad); fails(x.gather,1,T.tensor([0])); fails(x.gather,1,T.tensor([[5]])); fails(x.gather,1,T.tensor([[1.]]))",
    "masked": "x=T.arange(4.).requires_grad_(); m=T.tensor([True,False,True,False]); see(x.masked_fill(m,9), x.masked_select(m), x.masked_scatter(m,T.tensor([7.,8.]))); x.masked_fill(m,0.).sum().backward(); see(x.grad); fails(x.masked_fill,T.tensor([1,0,1,0]),0.)",
    "nonzero": "x=T.tensor([[1,0],[0,2]]); see(x.nonzero(), T.nonzero(x,as_tuple=True), T.argwhere(x), T.count_nonzero(x), T.count_nonzero(x,dim=0), T.where(x>0), x.nonzero(as_tuple=True)[0])",
    "where": "x=T.tensor([1.,-1.],requires_grad=True); see(T.where(x>0,x,0.), T.where(x>0,x,x*0.1), x.where(x>0,T.tensor(5.))); T.where(x>0,x*2,x*3).sum().backward(); see(x.grad); fails(T.where,x,x,x)",
    "reductions dims": "x=T.arange(24.).reshape(2,3,4); see(x.sum(1).shape, x.sum((0,2)), x.sum(-1,keepdim=True).shape, x.mean([0,1]), x.sum(dim=1,keepdim=True).shape, x.std(), x.var(1).shape, x.std(0,unbiased=False), x.var(dim=2,correction=0), T.var_mean(x,0)[0].shape, T.std_mean(x)[1], x.prod(2), x.amax((0,1)), x.amin(-1), T.aminmax(x,dim=0).max.shape if False else 0, x.logsumexp(2).shape, x.norm(dim=1).shape, x.nansum(), x.nanmean(0).shape, x.sum(axis=0).shape); fails(x.sum,3); fails(x.sum,(0,0))",
    "max dims": "x=T.tensor([[1.,5.,5.],[7.,2.,7.]],requires_grad=True); v,i=x.max(1); see(v,i); r=x.max(dim=0,keepdim=True); see(r.values, r.indices, x.max(), x.argmax(), x.argmax(1), x.argmin(dim=0,keepdim=True)); v.sum().backward(); see(x.grad); see(repr(x.detach().max(1)), type(r).__name__)",
    "max two": "x=T.tensor([1.,5.],requires_grad=True); y=T.tensor([1.,2.],requires_grad=True); T.max(x,y).sum().backward(); see(x.grad,y.grad); see(T.maximum(x,y), T.fmax(x,T.tensor([float('nan'),9.])), T.min(x,y))",
    "sort topk": "x=T.tensor([3.,1.,2.],requires_grad=True); s=x.sort(descending=True); see(s.values,s.indices, x.argsort(), x.topk(2), x.kthvalue(2), x.median(), x.mode(), T.msort(x), x.sort(stable=True).indices, x.topk(2,largest=False).indices, repr(x.detach().sort())); s.values[0].backward(); see(x.grad)",
    "shape ops": "x=T.arange(12.).reshape(3,4); see(x.view(-1).shape, x.view(2,6).shape, x.reshape(4,-1).shape, x.permute(1,0).shape, x.transpose(0,1).shape, x.t().shape, x.unsqueeze(-1).shape, x.unsqueeze(0).squeeze().shape, x.expand(2,3,4).shape, x.expand(-1,4).shape, x[:, :1].expand(-1,5).shape, x.repeat(2,1).shape, x.tile((2,)).shape, x.flatten().shape, x.unflatten(1,(2,2)).shape, x.ravel().shape, x.movedim(0,1).shape, x.flip(0), x.roll(1,1), x.rot90(), x.repeat_interleave(2,dim=0).shape, x.view_as(x).shape, x.reshape_as(T.ones(4,3)).shape, x.narrow(1,1,2), x.select(0,1), x.unfold(1,2,1).shape, x.diagonal(), x.swapaxes(0,1).shape, x.squeeze((0,1)).shape); fails(x.view,5,-1); fails(x.t().view,-1); fails(x.reshape,5); fails(x.expand,2,4); fails(x.permute,0); fails(x.unsqueeze,5); fails(x.view,-1,-1); fails(T.ones(1,2,3).t)",
    "add alpha": "x=T.ones(2,requires_grad=True); y=T.ones(2,requires_grad=True); T.add(x,y,alpha=3).sum().backward(); see(y.grad); see(x.sub(y,alpha=2), T.sub(x,1,alpha=2), x.add(y,alpha=2), T.rsub(x,3), T.addcmul(x,x,y,value=2), T.addcdiv(x,x,y,value=2), T.lerp(x,y,0.5), T.addmm(T.ones(2,2),T.ones(2,2),T.ones(2,2),beta=2,alpha=3)); fails(T.add,T.ones(2,dtype=T.int64),T.ones(2,dtype=T.int64),alpha=1.5)",
    "clamp": "x=T.tensor([-2.,0.,2.],requires_grad=True); see(x.clamp(-1,1), x.clamp(min=0), x.clamp(max=T.tensor([1.,-1.,1.])), x.clamp_min(0.), x.clip(0,1), x.clamp(1,-1)); x.clamp(-2,2).sum().backward(); see(x.grad); fails(x.clamp)",
    "rounding": "x=T.tensor([0.5,1.5,-0.5,2.345]); see(x.round(), x.round(decimals=2), x.trunc(), x.frac(), x.floor(), x.ceil(), x.sign(), x.sgn(), T.tensor([1,2]).floor(), x.signbit() if hasattr(x,'signbit') else 0); y=x.clone().requires_grad_(); y.round().sum().backward(); see(y.grad, repr(y.round()), repr(y.sign()))",
    "logic bits": "a=T.tensor([True,False]); see(a&True, a|T.tensor([True,True]), a^a, ~a, T.logical_and(T.tensor([1,0]),T.tensor([2.,3.])), T.logical_not(T.tensor([0.,2.])), T.bitwise_and(T.tensor([6]),3), T.tensor([1])<<3, a.any(), a.all(0), T.tensor([[1,0]]).all(dim=1,keepdim=True), a.logical_xor(a)); fails(lambda: T.ones(2)&T.ones(2)); fails(lambda: ~T.ones(2))",
    "matmul forms": "see((T.ones(3)@T.ones(3)).shape, (T.ones(2,3)@T.ones(3)).shape, (T.ones(3)@T.ones(3,2)).shape, (T.ones(4,2,3)@T.ones(3,2)).shape, (T.ones(4,2,3)@T.ones(4,3,2)).shape, (T.ones(3)@T.ones(4,3,2)).shape); fails(lambda: T.ones(2,3)@T.ones(2,3)); fails(lambda: T.tensor(1.)@T.ones(2)); fails(T.mm,T.ones(2),T.ones(2)); fails(T.dot,T.ones(2,2),T.ones(2,2)); fails(T.bmm,T.ones(2,2),T.ones(2,2)); fails(T.mv,T.ones(2),T.ones(2)); fails(T.dot,T.ones(2),T.ones(3)); fails(T.ones(2,3).matmul,T.ones(4)); fails(T.ones(5,2,3).matmul,T.ones(4,3,2))",
    "broadcast errors": "fails(lambda: T.ones(2,3)+T.ones(2)); fails(lambda: T.ones(2,3)*T.ones(4,1,2)); fails(T.atan2,T.ones(2),T.ones(3)); fails(T.where,T.ones(2)>0,T.ones(3),T.ones(2)); fails(T.ones(2).add_,T.ones(2,2))",
    "int unary": "i=T.tensor([1,2]); see(i.sin(), i.exp(), i.sqrt(), i.abs(), i.neg(), i.square(), i.float().log(), i.sigmoid(), i.reciprocal(), i.rsqrt(), i.tanh(), T.tensor([True]).exp(), i.sign(), i.clamp(max=1), i.relu(), i.pow(2))",
    "mse": "x=T.tensor([[1.,2.],[3.,4.]],requires_grad=True); t=T.zeros(2,2); see(F.mse_loss(x,t), F.mse_loss(x,t,reduction='sum'), F.mse_loss(x,t,reduction='none'), F.l1_loss(x,t), F.smooth_l1_loss(x,t,beta=2.), F.huber_loss(x,t,delta=0.5)); F.mse_loss(x,t).backward(); see(x.grad); fails(F.mse_loss,x,t,reduction='foo')",
    "cross entropy": "x=T.tensor([[1.,2.,0.],[3.,4.,1.]],requires_grad=True); t=T.tensor([1,0]); see(F.cross_entropy(x,t), F.cross_entropy(x,t,weight=T.tensor([1.,2.,3.])), F.cross_entropy(x,t,reduction='none'), F.cross_entropy(x,t,label_smoothing=0.1), F.cross_entropy(x,T.tensor([1,-100])), F.cross_entropy(x,T.tensor([1,2]),ignore_index=2), F.cross_entropy(x,T.softmax(T.ones(2,3),1)), F.nll_loss(F.log_softmax(x,1),t), F.cross_entropy(x[0],T.tensor(1))); F.cross_entropy(x,t).backward(); see(x.grad); fails(F.cross_entropy,x,T.tensor([1,5])); fails(F.cross_entropy,x,T.tensor([1,1,1])); fails(F.cross_entropy,x,T.tensor([1.,0.])); fails(F.nll_loss,x,T.tensor([0.,1.]))",
    "cross entropy nd": "x=T.arange(24.).reshape(2,3,4).sin().requires_grad_(); t=T.tensor([[0,1,2,0],[1,1,2,2]]); l=F.cross_entropy(x,t); l.backward(); see(l,x.grad); see(F.cross_entropy(x,t,reduction='sum'), F.nll_loss(x,t,weight=T.tensor([1.,2.,3.])))",
    "bce": "x=T.tensor([0.3,0.8],requires_grad=True); t=T.tensor([0.,1.]); see(F.binary_cross_entropy(x,t), F.binary_cross_entropy_with_logits(x,t), F.binary_cross_entropy_with_logits(x,t,pos_weight=T.tensor([2.,3.]),reduction='none'), F.binary_cross_entropy(x,t,weight=T.tensor([1.,5.]))); F.binary_cross_entropy(x,t).backward(); see(x.grad); fails(F.binary_cross_entropy,T.tensor([2.]),T.tensor([1.])); fails(F.binary_cross_entropy,x,T.ones(3)); see(F.binary_cross_entropy(T.tensor([0.,1.]),T.tensor([1.,1.])))",
    "dropout": "x=T.ones(5,requires_grad=True); see(F.dropout(x,0.), F.dropout(x,0.5,training=False) is x or (F.dropout(x,0.5,training=False)==x).all().item(), F.dropout(x,1.)); fails(F.dropout,x,1.5)",
    "linalg eigh grad": "s=T.tensor([[4.,1.],[1.,3.]],dtype=T.float64,requires_grad=True); T.linalg.eigvalsh(s)[0].backward(); see(s.grad); s.grad=None; w,v=T.linalg.eigh(s); (v.abs()*T.tensor([[1.,2.],[3.,4.]],dtype=T.float64)).sum().backward(); see(s.grad); s.grad=None; T.linalg.svdvals(s).prod().backward(); see(s.grad)",
    "linalg errors": "fails(T.linalg.inv,T.zeros(2,2)); fails(T.linalg.cholesky,-T.eye(2)); fails(T.linalg.inv,T.ones(2,3)); fails(T.linalg.det,T.ones(2)); fails(T.linalg.solve,T.zeros(2,2),T.ones(2)); fails(T.linalg.inv,T.ones(2,2,dtype=T.int64)); fails(T.linalg.norm,T.ones(2,dtype=T.int64)); fails(T.linalg.solve,T.eye(2),T.ones(3)); fails(T.linalg.eigh,T.ones(2,3)); fails(T.linalg.svd,T.ones(2))",
    "func grad": "see(T.func.grad(lambda x: (x**2).sum())(T.tensor([1.,2.])), T.func.grad(lambda x,y: (x*y).sum(),argnums=(0,1))(T.ones(2),T.arange(2.)), T.func.grad_and_value(lambda x: x.sum())(T.ones(2)), T.func.grad(lambda x: (x.sum(), x*2), has_aux=True)(T.ones(2))); fails(T.func.grad(lambda x: x*2), T.ones(2)); see(T.func.grad(T.func.grad(lambda x: x**3))(T.tensor(2.)))",
    "func vjp jvp": "o,f=T.func.vjp(lambda x: x*x, T.tensor([1.,2.])); see(o, f(T.ones(2))); see(T.func.jvp(lambda x: x.sin(), (T.tensor([0.,1.]),), (T.ones(2),))); o,f=T.func.vjp(lambda x,y: (x*y, x+y), T.ones(2),T.ones(2)); see(f((T.ones(2),T.ones(2)))); see(T.func.linearize(lambda x: x.sin(), T.tensor([0.,1.]))[1](T.ones(2)))",
    "func jac hess": "f=lambda x: T.stack([x[0]*x[1], x[0].sin()]); x=T.tensor([1.,2.]); see(T.func.jacrev(f)(x), T.func.jacfwd(f)(x), T.func.hessian(lambda x: (x**3).sum())(x), T.func.jacrev(lambda x,y: x*y, argnums=(0,1))(x,x), T.func.jacrev(lambda x:(x*2,x), has_aux=True)(x))",
    "func vmap": "x=T.arange(6.).reshape(3,2); see(T.func.vmap(lambda v: v.sum())(x), T.func.vmap(T.dot)(x,x), T.func.vmap(lambda v,w: v*w, in_dims=(0,None))(x,T.ones(2)), T.func.vmap(lambda v: v*2, in_dims=1, out_dims=1)(x), T.func.vmap(T.func.grad(lambda v: (v**2).sum()))(x), T.vmap(lambda v: (v, v.sum()))(x), T.vmap(lambda d: d['a']*2)({'a':x}), T.vmap(lambda v: v+1, chunk_size=2)(x), T.vmap(T.vmap(lambda s: s*s))(x)); fails(T.vmap(lambda v: v), T.tensor(1.)); fails(T.vmap(lambda a,b: a), T.ones(2),T.ones(3)); fails(T.vmap(lambda v: v.item()), T.ones(2)) if False else 0",
    "func vmap grads": "w=T.ones(2,requires_grad=True); y=T.vmap(lambda v: (v*w).sum())(T.arange(6.).reshape(3,2)); y.sum().backward(); see(w.grad); j=T.vmap(T.func.jacrev(lambda v: v*v))(T.ones(2,2)); see(j)",
    "functional": "f=lambda x: (x**2).sum(); x=T.tensor([1.,2.]); see(A.functional.jacobian(lambda x: x**2,x), A.functional.hessian(f,x), A.functional.vjp(f,x), A.functional.jvp(lambda x: x*2,x,T.ones(2)), A.functional.hvp(f,x,T.ones(2)), A.functional.vhp(f,x,T.ones(2)), A.functional.jacobian(lambda x,y: x*y,(x,x)), A.functional.jacobian(lambda x: x**2,x,create_graph=True).requires_grad, A.functional.jacobian(lambda x: x**2,x,vectorize=True), A.functional.hessian(lambda a,b: (a*b).sum(),(x,x))); fails(A.functional.hessian,lambda x: x*2,x); fails(A.functional.vjp,lambda x: x*2,x); fails(A.functional.jacobian,f,3.); see(A.functional.jacobian(lambda x: T.ones(2),x)); fails(A.functional.jacobian,lambda x: T.ones(2),x,strict=True)",
    "grad errors": "x=T.tensor(2.,requires_grad=True); fails(A.grad,x*2,x*3); fails(A.grad,x*2,3.); fails(A.grad,3.,x); y=x*2; fails(A.grad,y,x,T.ones(2)); see(A.grad(y,x,allow_unused=True)); fails(A.grad, T.ones(2)*x, x); see(A.grad(x*x,[x],[None])); fails(A.grad,[x*2,x*3],x,[T.tensor(1.)]); see(A.grad({'a':1} and x*2, (x,)))",
    "backward errors": "x=T.tensor([1.,2.],requires_grad=True); fails((x*2).backward); fails((x*2).backward,T.ones(3)); fails(T.ones(1).backward); fails((x*2).backward,'a'); fails(x.sum().backward,inputs=[x*2]) if False else 0; y=(x*2).sum(); y.backward(); y.backward() if False else 0; z=(x*x).sum(); z.backward(); fails(z.backward); fails((x>0).sum().backward); c=T.tensor([1j],requires_grad=True); fails((c*2).sum().backward); fails(T.autograd.backward,[x*2,x*3],[T.ones(2)])",
    "grad assigned": "x=T.ones(2,requires_grad=True)\ndef f(): x.grad=T.ones(3)\ndef g(): x.grad=T.ones(2,dtype=T.float64)\ndef h(): x.grad=3\ndef k(): x.requires_grad='a'\nfails(f); fails(g); fails(h); x.grad=T.ones(2); x.sum().backward(); see(x.grad)\ny=x*2\ndef m(): y.requires_grad=False\nfails(m); fails(y.requires_grad_,False)",
    "optim sgd": "w=T.tensor([1.,2.],requires_grad=True); o=T.optim.SGD([w],lr=0.1,momentum=0.9,weight_decay=0.01,nesterov=True)\nfor _ in range(3):\n    o.zero_grad(); (w**2).sum().backward(); o.step()\nsee(w, w.grad, len(o.param_groups), o.param_groups[0]['lr'])",
    "optim adam": "w=T.tensor([1.,2.],requires_grad=True); o=T.optim.Adam([w],lr=0.1,weight_decay=0.1,amsgrad=True)\nfor _ in range(3):\n    o.zero_grad(); (w**2).sum().backward(); o.step()\nsee(w)",
    "optim closure": "w=T.tensor([1.,2.],requires_grad=True); o=T.optim.SGD([w],lr=0.1)\ndef c():\n    o.zero_grad(); l=(w**2).sum(); l.backward(); return l\nsee(o.step(c), w)",
    "optim groups": "a=T.ones(1,requires_grad=True); b=T.ones(1,requires_grad=True); o=T.optim.SGD([{'params':[a]},{'params':[b],'lr':1.}],lr=0.1); (a+b).sum().backward(); o.step(); see(a,b); o.zero_grad(set_to_none=False); see(a.grad); o.add_param_group({'params':[T.ones(1,requires_grad=True)]}); see(len(o.param_groups)); sd=o.state_dict(); see(sorted(sd))",
    "optim errors": "fails(T.optim.SGD,[],lr=0.1); fails(T.optim.SGD,[T.ones(1,requires_grad=True)],lr=-1.); fails(T.optim.SGD,T.ones(1,requires_grad=True),lr=0.1); fails(T.optim.SGD,[3.],lr=0.1); fails(T.optim.SGD,[T.ones(1,requires_grad=True)*2],lr=0.1); fails(T.optim.Adam,[T.ones(1,requires_grad=True)],betas=(1.5,0.9)); fails(T.optim.SGD,[T.ones(1,requires_grad=True)],lr=0.1,nesterov=True)",
    "optim lbfgs": "w=T.tensor([-1.5,2.],requires_grad=True); o=T.optim.LBFGS([w],lr=1.,max_iter=50,line_search_fn='strong_wolfe')\ndef c():\n    o.zero_grad(); l=(1-w[0])**2+100*(w[1]-w[0]**2)**2; l.backward(); return l\nfor _ in range(3): o.step(c)\nsee([round(v,2) for v in w.tolist()])",
    "swap views": "x=T.arange(4.); a=x[:2]; b=x[2:]; a.copy_(b); see(x); x.swapaxes_ if False else 0; y=T.arange(3.).requires_grad_(); z=y*1; z[0],z[1]=z[1].clone(),z[0].clone(); see(z); (z*T.tensor([1.,10.,100.])).sum().backward(); see(y.grad)",
    "target written": "x=T.tensor([[1.,2.,0.],[3.,4.,1.]],requires_grad=True); t=T.tensor([1,0]); l=F.cross_entropy(x,t); t[0]=2; fails(l.backward)",
    "target misfits": "x=T.ones(2,3); fails(F.cross_entropy,x,T.tensor([1,1,1])); fails(F.nll_loss,x,T.tensor([0.,1.])); fails(F.nll_loss,x,T.tensor([0])); fails(F.cross_entropy,x,T.tensor([1.,0.])); fails(F.cross_entropy,x,T.tensor([1,-1])); fails(F.cross_entropy,x,T.tensor([3,0]))",
    "repeats written": "x=T.tensor([1.,2.,0.],requires_grad=True); r=T.tensor([1,2,3]); l=T.repeat_interleave(x,r); r.zero_()\ntry: l.sum().backward(); see('fine',x.grad)\nexcept RuntimeError: see('raises')",
    "inference view": "with T.inference_mode(): x=T.ones(3)\nv=x[:2]; see(v.is_inference(), v.requires_grad, x.view(-1).is_inference(), (x+1).is_inference()); fails(v.mul_,2)",
    "inference off no grad": "with T.no_grad():\n    with T.inference_mode(False): see(T.is_grad_enabled())\n    see(T.is_grad_enabled())",
    "inference then no_grad": "with T.inference_mode():\n    with T.no_grad(): see(T.is_grad_enabled(), T.is_inference_mode_enabled())",
    "nuclear norm": "x=T.tensor([[3.,-4.],[0.,1.]],requires_grad=True); y=x.norm('nuc'); see(y.item()); y.backward(); see(x.grad); see(x.detach().norm('nuc',dim=(0,1)), x.detach().norm(0), x.norm('fro'))",
    "norms more": "x=T.tensor([[3.,-4.],[0.,1.]],requires_grad=True); see(T.norm(x,dim=(0,1)), T.linalg.norm(x,ord=2).item(), T.linalg.norm(x,-1).item(), T.linalg.norm(x,dim=0), T.linalg.norm(x,float('inf'),dim=1), x.norm(3,dim=0,keepdim=True), T.linalg.matrix_norm(x,1).item()); z=T.zeros(2,requires_grad=True); z.norm().backward(); see(z.grad)",
    "eigh triangles": "s=T.tensor([[4.,1.],[7.,3.]],dtype=T.float64,requires_grad=True); see(T.linalg.eigvalsh(s).detach(), T.linalg.eigvalsh(s,UPLO='U').detach()); T.linalg.eigvalsh(s,UPLO='U')[1].backward(); see(s.grad)",
    "svd written after": "x=T.tensor([[2.,.3],[.4,1.5]],dtype=T.float64,requires_grad=True); a=x*1; s=T.linalg.svdvals(a); q,r=T.linalg.qr(a); w=T.linalg.eigvalsh(a); a.zero_(); (s.sum()+r.abs().sum()+w[0]).backward(); see(x.grad)",
    "inplace activations": """
for f in [lambda y: F.relu(y,inplace=True), lambda y: F.relu(y,True), lambda y: F.leaky_relu(y,0.1,True), lambda y: F.elu(y,inplace=True), lambda y: F.selu(y,inplace=True), lambda y: F.silu(y,inplace=True), lambda y: F.hardtanh(y,-1.,1.,True), lambda y: F.relu6(y,inplace=True), lambda y: F.threshold(y,0.1,20,True), lambda y: F.hardswish(y,inplace=True), lambda y: F.mish(y,inplace=True), lambda y: F.celu(y,1.,True)]:
    x=T.tensor([-1.,2.],requires_grad=True); y=x*1; r=f(y); see(r is y, y.detach()); y.sum().backward(); see(x.grad); fails(f,x)""",
    "clamps": "x=T.tensor([-2.,0.,2.],requires_grad=True); see(x.clamp_min(0.), x.clamp_max(0.), T.clamp_min(x,T.tensor([1.,-1.,1.])), T.clamp_max(x,1)); y=x*1; y.clamp_min_(-1); y.clamp_max_(1); y.sum().backward(); see(x.grad, y)",
    "embedding padding": "w=T.arange(12.).reshape(4,3).requires_grad_(); y=F.embedding(T.tensor([[0,1],[1,3]]),w,padding_idx=1); see(y); y.sum().backward(); see(w.grad); w.grad=None; F.embedding(T.tensor([3,0]),w,padding_idx=-1).sum().backward(); see(w.grad); fails(F.embedding,T.tensor([0]),w,padding_idx=7); see(F.embedding(T.tensor(2),w,1).shape)",
    "tri indices dtype": "see(T.tril_indices(2,2,dtype=T.int32), T.triu_indices(2,3,1,dtype=T.int32), T.tril_indices(2,2))",
    "func linearize": "v,f=T.func.linearize(lambda x: x.sin()*2, T.tensor([0.,1.])); see(v, f(T.ones(2)), f(T.tensor([1.,0.]))); v,f=T.func.linearize(lambda x,y: x*y, T.tensor([2.,3.]), T.ones(2)); see(f(T.ones(2),T.zeros(2)))",
    "argument kinds": "see(T.sort(T.tensor([2.,1.,2.]),stable=True,descending=True).indices, T.topk(T.tensor([1.,3.,2.]),2,sorted=True).values, T.linalg.pinv(T.eye(2),hermitian=True), T.linalg.lstsq(T.eye(2),T.ones(2,1)).solution, T.unique(T.tensor([3,1,3]),sorted=True,return_inverse=True), T.gather(T.ones(2,2),0,T.tensor([[0,0]]),sparse_grad=False))",
    "functional options": "x=T.tensor([1.,2.]); see(A.functional.jacobian(lambda x: x**2,x,vectorize=True,strategy='reverse-mode'), A.functional.hessian(lambda x: (x**3).sum(),x,vectorize=True), T.func.jacrev(lambda x: x*x,chunk_size=1)(x), T.func.jacfwd(lambda x: x*x,randomness='error')(x))",
    "tensors of tensors": "t=T.tensor; see(t([t(1),t(2.5)]), t([t(1.,dtype=T.float64),t(2)]), t([t(True),t(2)]), t([t(1),t(2)],dtype=T.float64), t([t(1j),t(1)]), t((t(1),t(2)),dtype=T.int8))",
    "pow zero dims": "x=T.tensor([2.,3.],requires_grad=True); see(x**T.tensor(2.5), x**T.tensor([2.]), T.tensor(2.)**x)",
    "float in list": "x=T.tensor([2.,3.],requires_grad=True); see([float(v.detach()) for v in x], max(x.detach()), sum(x), sorted(x.detach().tolist()), min(x.tolist()))",
    "training loop": "T.manual_seed(0); X=T.linspace(-1,1,20).unsqueeze(1); Y=X**2; w=T.full((1,8),0.3,requires_grad=True); b=T.linspace(-1,1,8).requires_grad_(); v=T.full((8,1),0.1,requires_grad=True); o=T.optim.Adam([w,b,v],lr=0.05); L=[]\nfor _ in range(20):\n    o.zero_grad(); l=F.mse_loss(T.tanh(X@w+b)@v,Y); l.backward(); o.step(); L.append(round(l.item(),5))\nsee(L[0],L[-1],w.detach())",
    "penalty training": "w=T.tensor([1.,2.],requires_grad=True); o=T.optim.SGD([w],lr=0.01)\nfor _ in range(3):\n    o.zero_grad(); x=T.ones(2,requires_grad=True); y=(w*x**2).sum(); g,=A.grad(y,x,create_graph=True); (y+(g**2).sum()).backward(); o.step()\nsee(w.detach())",
    "rnn lengths": "w=T.full((3,3),0.2,requires_grad=True); total=0\nfor n in (2,5,1):\n    h=T.zeros(3)\n    for k in range(n): h=T.tanh(h@w+k*0.1)\n    total=total+h.sum()\ntotal.backward(); see(total.detach(), w.grad)",
    "grad through where nan": "x=T.tensor([0.,4.],requires_grad=True); T.where(x>0,x.sqrt(),T.zeros(2)).sum().backward(); see(x.grad); y=T.tensor([0.,4.],requires_grad=True); T.where(y>0,T.where(y>0,y,T.ones(2)).sqrt(),0.).sum().backward(); see(y.grad)",
    "views of views": "x=T.arange(12.,requires_grad=True); y=(x*1).view(3,4); a=y[1:]; b=a[:,::2]; c=b.t(); c.mul_(T.tensor([[2.],[3.]])); see(y.detach(), c.detach(), y._version, a._version); (y*y).sum().backward(); see(x.grad)",
    "view then base written": "x=T.arange(4.,requires_grad=True); y=x*1; v=y[1:3]; y.mul_(2); see(v.detach(), type(v.grad_fn).__name__); (v*v).sum().backward(); see(x.grad)",
    "old view after clone": "x=T.arange(4.,requires_grad=True); y=x*1; v=y[1:3]; z=y.clone(); z.mul_(2); v.sum().backward(); see(x.grad, y.detach())",
    "detach view write": "x=T.arange(4.,requires_grad=True); y=x*1; z=y*y; d=y.detach()[0:2]; d.zero_(); see(y.detach(), y._version); fails(z.sum().backward)",
    "no_grad view write": "x=T.arange(4.,requires_grad=True); y=x*1; z=y*y\nwith T.no_grad(): y[0]=5\nfails(z.sum().backward)",
    "leaf no_grad write": "x=T.arange(4.,requires_grad=True); z=x*x\nwith T.no_grad(): x.add_(1)\nfails(z.sum().backward); see(x._version)",
    "inplace after backward": "x=T.arange(4.,requires_grad=True); z=(x*x).sum(); z.backward(); x.data.add_(1); z=(x*x).sum(); z.backward(); see(x.grad)",
    "out of graph": "x=T.arange(4.,requires_grad=True); y=x.detach().requires_grad_(); (x.sum()+y.prod()).backward(); see(x.grad,y.grad, y.is_leaf, x.data_ptr()==y.data_ptr())",
    "sum of list": "xs=[T.tensor(float(k),requires_grad=True) for k in range(4)]; y=sum(x*x for x in xs); y.backward(); see([x.grad for x in xs]); see(T.stack(xs).sum(), T.cat([x.view(1) for x in xs]).mean())",
    "accumulate hooks order": "log=[]; x=T.ones(1,requires_grad=True); x.register_hook(lambda g: log.append('h')); x.register_post_accumulate_grad_hook(lambda p: log.append('p')); y=x*2; y.retain_grad(); y.register_hook(lambda g: log.append('y')); y.backward(); see(log,y.grad,x.grad)",
    "third order": "x=T.tensor(0.7,dtype=T.float64,requires_grad=True); y=x.sin()*x.exp(); out=[]\nfor _ in range(4):\n    y,=A.grad(y,x,create_graph=True); out.append(y.item())\nsee(out)",
    "hvp twice": "x=T.tensor([1.,2.],dtype=T.float64,requires_grad=True); f=lambda x: (x[0]**3*x[1]).sin(); g,=A.grad(f(x),x,create_graph=True); v=T.tensor([1.,-1.],dtype=T.float64); h,=A.grad(g@v,x,retain_graph=True); k,=A.grad(g@v,x); see(h,k)",
}


def cases() -> dict[str, str]:
    """Name and code of all cases."""
    return CASES
