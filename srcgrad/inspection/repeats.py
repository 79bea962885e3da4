"""Finding what repeats in a sequence of operations, so that a loop of a thousand steps is drawn as one step.

A sequence is *rolled up* until nothing repeats any more: ``a b c b c b c d`` becomes ``a (b c) x 3 d``, and what is
rolled up can repeat in turn. Two stretches are the same if their operations are called the same and read from the same
places: as far back each, or from one common place.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

__all__ = ["Item", "Place", "places", "rolled_up", "stretches"]

_LEAST = 3  # fewer repeats are not worth a box
_PERIODS = 24  # how many lengths of a step are tried


@dataclass
class Item:
    """An operation, or a stretch that repeats.

    Parameters
    ----------
    label : hashable
        Equal for operations that look the same.
    nodes : list of int
        Numbers of the operations in it: of one operation its own, of a stretch those of all repeats, one after another.
    inputs : tuple of int
        Numbers of the operations that it reads from, none of its own.
    block : list of Item
        What repeats; empty for an operation.
    count : int
        How often.
    """

    label: Hashable
    nodes: list[int]
    inputs: tuple[int, ...]
    block: list[Item]
    count: int = 1


def rolled_up(items: Sequence[Item]) -> list[Item]:
    """The sequence with stretches that repeat at least three times in a row put into one item each.

    Examples
    --------
    >>> chain = [Item("ab"[k % 2], [k], (k - 1,) if k else (), []) for k in range(10)]
    >>> [(len(item.block), item.count) for item in rolled_up(chain)]
    [(0, 1), (0, 1), (2, 4)]
    """
    items = list(items)
    while True:
        found = _best(items)
        if not found:
            return items
        result: list[Item] = []
        at = 0
        for start, period, count in found:
            result += items[at:start]
            result.append(_merged(items[start : start + period * count], period, count))
            at = start + period * count
        items = [*result, *items[at:]]


def _merged(items: list[Item], period: int, count: int) -> Item:
    nodes = [node for item in items for node in item.nodes]
    own = set(nodes)
    inputs = tuple(dict.fromkeys(node for item in items for node in item.inputs if node not in own))
    block = items[-period:]
    return Item(("repeat", count, *(item.label for item in block)), nodes, inputs, block, count)


def _best(items: list[Item]) -> list[tuple[int, int, int]]:
    """Stretches that repeat: start, length of a step, number of steps; they do not overlap."""
    place = {node: k for k, item in enumerate(items) for node in item.nodes}
    reads = [tuple(place.get(node, -1) for node in item.inputs) for item in items]
    labels = [item.label for item in items]
    candidates: list[tuple[int, int, int]] = []
    for period in _periods(labels):
        run = 0
        for k in range(len(items) - period, -1, -1):
            same = k + period < len(items) and _alike(items, labels, reads, k, period)
            if same:
                run += 1
            if (not same or k == 0) and run:
                first = k if same else k + 1
                steps = run // period + 1
                if steps >= _LEAST:
                    candidates.append((first + run + period - steps * period, period, steps))
                run = 0
    candidates.sort(key=lambda found: (-(found[1] * (found[2] - 1)), found[1], found[0]))
    taken: list[tuple[int, int, int]] = []
    for start, period, steps in candidates:
        stop = start + period * steps
        if all(stop <= s or start >= s + p * c for s, p, c in taken):
            taken.append((start, period, steps))
    # The shortest steps first: what contains them is found in the next round.
    shortest = min((period for _, period, _ in taken), default=0)
    return sorted(found for found in taken if found[1] == shortest)


def _alike(
    items: list[Item], labels: list[Hashable], reads: list[tuple[int, ...]], k: int, period: int
) -> bool:
    if labels[k] != labels[k + period] or len(reads[k]) != len(reads[k + period]):
        return False
    return all(a == b or b - a == period for a, b in zip(reads[k], reads[k + period], strict=True))


def _periods(labels: list[Hashable]) -> list[int]:
    """Likely lengths of a step: common distances between operations that look the same."""
    where: defaultdict[Hashable, list[int]] = defaultdict(list)
    for k, label in enumerate(labels):
        where[label].append(k)
    distances: Counter[int] = Counter()
    for places in where.values():
        for hop in (1, 2, 3, 4):
            for a, b in zip(places, places[hop:], strict=False):
                distances[b - a] += 1
    return sorted(
        distance for distance, _ in distances.most_common(_PERIODS) if distance <= len(labels) // _LEAST
    )


@dataclass(frozen=True)
class Place:
    """Where an operation is in a sequence that was rolled up.

    Parameters
    ----------
    shown : int
        The operation that stands for it: the same one in the last step.
    steps : tuple of (int, int)
        The stretches around it, outermost first: the number of the stretch's first operation, and which step.
    """

    shown: int
    steps: tuple[tuple[int, int], ...] = ()

    def in_step_before(self, other: Place) -> bool:
        """Whether another operation of the same stretch is in another step of it."""
        return any(
            mine[0] == its[0] and mine[1] != its[1]
            for mine, its in zip(self.steps, other.steps, strict=False)
        )


def places(items: Sequence[Item]) -> dict[int, Place]:
    """The place of every operation, by its number."""
    found: dict[int, Place] = {}
    for item in items:
        if not item.block:
            found[item.nodes[0]] = Place(item.nodes[0])
            continue
        inner = places(item.block)
        length = len(item.nodes) // item.count
        last = item.nodes[-length:]
        for k, node in enumerate(item.nodes):
            step, at = divmod(k, length)
            like = inner[last[at]]
            found[node] = Place(like.shown, ((item.nodes[0], step), *like.steps))
    return found


def stretches(items: Sequence[Item]) -> dict[int, int]:
    """How often each stretch repeats, by the number of its first operation."""
    found: dict[int, int] = {}
    for item in items:
        if item.block:
            found[item.nodes[0]] = item.count
            found |= stretches(item.block)
    return found
