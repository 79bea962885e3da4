"""What there is to know about a recorded graph of tensors: its operations, what they read, shapes, and memory kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from srcgrad.inspection.repeats import Item
from srcgrad.runtime.eager.graph import Leaf, Node, Pick, Variant
from srcgrad.runtime.eager.tensor import Tensor

__all__ = ["Facts", "short_name", "size"]

Shape = tuple[int, ...]


class Facts:
    """A recorded graph in numbers: operations are counted from the oldest, leaves by their first use.

    Parameters
    ----------
    tensors : sequence of Tensor
        Results; all have a node.

    Attributes
    ----------
    nodes : list of Node
        The operations. Picks of operations with several results are none of their own.
    leaves : list of Leaf
    inputs, leaf_inputs : list of list of int
        For each operation, the operations and the leaves that it reads.
    kept : list of int
        Bytes that each operation keeps for the way back; memory of leaves is not counted.
    kept_bytes : int
        The same for all together: what several operations keep counts once.
    """

    def __init__(self, tensors: Sequence[Tensor]) -> None:
        self.tensors = tensors
        roots = [tensor.node for tensor in tensors if tensor.node is not None]
        found = _reached(roots)
        self.nodes = sorted(
            (node for node in found if not isinstance(node, (Leaf, Pick))), key=lambda node: -node.order
        )
        self.leaves: list[Leaf] = []
        number = {id(node): k for k, node in enumerate(self.nodes)}
        leaf_number: dict[int, int] = {}
        self.inputs: list[list[int]] = []
        self.leaf_inputs: list[list[int]] = []
        for node in self.nodes:
            sources = [_maker(edge) for edge in node.edges if edge is not None]
            self.inputs.append([number[id(edge)] for edge in sources if not isinstance(edge, Leaf)])
            here = [edge for edge in sources if isinstance(edge, Leaf)]
            for leaf in here:
                if id(leaf) not in leaf_number:
                    leaf_number[id(leaf)] = len(self.leaves)
                    self.leaves.append(leaf)
            self.leaf_inputs.append([leaf_number[id(leaf)] for leaf in here])
        self.results = {number[id(_maker(root))] for root in roots if id(_maker(root)) in number}
        self._shapes = _shapes(tensors, self.nodes, self.leaves)
        own = {_memory(owner.value) for leaf in self.leaves if (owner := leaf.owner()) is not None}
        kept = [
            {_memory(a): _nbytes(a) for a in _arrays(n.saved) if _memory(a) not in own} for n in self.nodes
        ]
        self.kept = [sum(arrays.values()) for arrays in kept]
        self.kept_bytes = sum({key: n for arrays in kept for key, n in arrays.items()}.values())
        self.freed = any(node.saved is None for node in self.nodes)

    def shape(self, k: int) -> Shape | None:
        """Shape of an operation's result, None where it cannot be told."""
        return self._shapes.get(id(self.nodes[k]))

    def leaf_shape(self, k: int) -> Shape | None:
        """Shape of a leaf."""
        return self._shapes.get(id(self.leaves[k]))

    def items(self) -> list[Item]:
        """The operations as a sequence in which repeats can be found."""
        return [
            Item(
                (node.name, self.shape(k), self.kept[k], *map(self.leaf_shape, self.leaf_inputs[k])),
                [k],
                tuple(self.inputs[k]),
                [],
            )
            for k, node in enumerate(self.nodes)
        ]


def short_name(node: Node) -> str:
    """What an operation is called in a picture: ``Mul`` of ``MulBackward0``."""
    return node.name.removesuffix("0").removesuffix("Backward") or node.name


def size(count: float) -> str:
    """A number of bytes for people.

    Examples
    --------
    >>> size(12), size(4096), size(3.5 * 2**20)
    ('12 B', '4 kB', '3.5 MB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1024 or unit == "GB":
            return f"{count:.3g} {unit}" if count < 1000 else f"{count:.0f} {unit}"
        count /= 1024
    raise AssertionError


def _reached(roots: Iterable[Node]) -> list[Node]:
    seen: dict[int, Node] = {}
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        if id(node) not in seen:
            seen[id(node)] = node
            waiting.extend(edge for edge in node.edges if edge is not None)
    return list(seen.values())


def _maker(node: Node) -> Node:
    """The operation behind a pick."""
    while isinstance(node, Pick):
        node = node.edges[0]
    return node


def _arrays(saved: Any) -> Iterator[np.ndarray[Any, Any]]:
    if isinstance(saved, np.ndarray):
        yield saved
    elif isinstance(saved, (tuple, list)):
        for part in saved:
            yield from _arrays(part)
    elif isinstance(getattr(saved, "value", None), np.ndarray):
        yield saved.value


def _owner(array: Any) -> Any:
    while isinstance(array, np.ndarray) and isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _memory(array: Any) -> int:
    return id(_owner(array))


def _nbytes(array: np.ndarray[Any, Any]) -> int:
    # Something spread out by broadcasting holds no more memory than what it was spread from.
    owner: np.ndarray[Any, Any] = _owner(array)
    return min(array.nbytes, owner.nbytes)


# --- shapes ---------------------------------------------------------------------------------------------


def _shapes(tensors: Sequence[Tensor], nodes: list[Node], leaves: list[Leaf]) -> dict[int, Shape]:
    """Shapes of results by the identity of their node.

    Nodes do not hold them. Some are those of saved values; the others come out when a zero is pulled back through
    the operation that reads them: a cotangent has the shape of what it belongs to.
    """
    shapes: dict[int, Shape] = {}
    for tensor in tensors:
        shapes[id(tensor.node)] = tensor.value.shape
    for leaf in leaves:
        owner = leaf.owner()
        if owner is not None:
            shapes[id(leaf)] = np.shape(owner.value)
    for node in nodes:
        for source, value in zip(getattr(node.variant, "sources", ()), node.saved or (), strict=False):
            if type(source) is int and isinstance(value, np.ndarray) and -1 <= source < len(node.edges):
                shapes.setdefault(id(node if source == -1 else node.edges[source]), value.shape)
    for node in reversed(nodes):
        unknown = [edge for edge in node.edges if edge is not None and id(edge) not in shapes]
        if unknown and id(node) in shapes and node.saved is not None and _is_rule(node.variant):
            for edge, part in zip(node.edges, _pulled(node, shapes[id(node)]), strict=False):
                if edge is not None and part is not None:
                    shapes.setdefault(id(edge), np.shape(part))
    for node in _reached(t.node for t in tensors if t.node is not None):
        if isinstance(node, Pick) and id(node) in shapes:
            shapes.setdefault(id(_maker(node)), shapes[id(node)])
    return shapes


def _is_rule(variant: Variant | None) -> bool:
    """Whether pulling back is srcgrad's own code: what users wrote is not run for the sake of a picture."""
    return variant is not None and type(variant).__module__.startswith("srcgrad.runtime.")


def _pulled(node: Node, shape: Shape) -> Sequence[Any]:
    assert node.variant is not None
    try:
        with np.errstate(all="ignore"):
            return node.variant.run(np.zeros(shape, np.float32), node.saved)
    except Exception:  # whatever it is, the picture then has a shape less
        return ()
