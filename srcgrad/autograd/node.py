"""What ``grad_fn`` shows of a node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from srcgrad.runtime.eager.graph import Leaf, Node, Pick
from srcgrad.runtime.eager.plain import Plain, as_plain, as_tensor
from srcgrad.runtime.eager.tensor import Tensor

__all__ = ["Handle", "NodeView", "view_of"]


class Handle:
    """What a registered hook is removed with."""

    __slots__ = ("_hooks", "id")

    def __init__(self, hooks: dict[int, Any], hook: Any) -> None:
        self._hooks = hooks
        self.id = max(hooks, default=-1) + 1
        hooks[self.id] = hook

    def remove(self) -> None:
        """Take the hook away."""
        self._hooks.pop(self.id, None)

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()


def _like(result: Tensor | None, g: Any) -> Any:
    """A hook's result as the engine works: on variables or on values."""
    if result is None:
        return None
    return as_plain(result) if isinstance(g, Plain) else result.value


class NodeView:
    """A node of the graph; the class bears the node's name."""

    __slots__ = ("_node",)

    def __init__(self, node: Node) -> None:
        self._node = node

    def name(self) -> str:
        """The node's name."""
        return self._node.name

    def __repr__(self) -> str:
        return f"<{self._node.name} object at {id(self._node):#x}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NodeView) and other._node is self._node

    def __hash__(self) -> int:
        return hash(self._node)

    @property
    def variable(self) -> Tensor | None:
        """The leaf tensor where gradients arrive."""
        if not isinstance(self._node, Leaf):
            raise AttributeError("variable")
        owner: Tensor | None = self._node.owner()
        return owner

    @property
    def next_functions(self) -> tuple[tuple[NodeView | None, int], ...]:
        """The nodes of the inputs, with the number of the output used."""
        node = self._node
        edges = node.edges[0].edges if isinstance(node, Pick) else node.edges
        return tuple(
            (None if edge is None else view_of(edge), edge.index if isinstance(edge, Pick) else 0)
            for edge in edges
        )

    def register_hook(self, hook: Callable[[Any, Any], Any]) -> Handle:
        """Call ``hook(grad_inputs, grad_outputs)`` after the node has run."""

        def call(parts: Any, g: Any) -> Any:
            outer = g if isinstance(g, list) else [g]
            result = hook(tuple(map(as_tensor, parts)), tuple(map(as_tensor, outer)))
            if result is None:
                return parts
            if isinstance(result, Tensor):
                result = (result,)
            return tuple(_like(part, g) for part in result)

        return Handle(self._node.hooked().after, call)

    def register_prehook(self, hook: Callable[[Any], Any]) -> Handle:
        """Call ``hook(grad_outputs)`` before the node runs."""

        def call(g: Any) -> Any:
            result = hook((as_tensor(g),))
            return g if result is None else _like(result[0] if isinstance(result, tuple) else result, g)

        return Handle(self._node.hooked().before, call)


_classes: dict[str, type[NodeView]] = {}


def view_of(node: Node) -> Any:
    """The public face of a node; for a `Function`, its context."""
    context = getattr(node.edges[0].variant if isinstance(node, Pick) else node.variant, "context", None)
    if context is not None:
        return context
    name = node.name
    cls = _classes.get(name)
    if cls is None:
        cls = _classes[name] = type(name, (NodeView,), {"__slots__": (), "__module__": "srcgrad.autograd"})
    return cls(node)
