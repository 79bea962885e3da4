"""The transpose of ``np.einsum``: another einsum, with the cotangent in the place of one operand."""

import string
from collections.abc import Sequence
from typing import Any

import numpy as np

from srcgrad.rules.helpers import positions, project, put_back
from srcgrad.rules.kinds import nondiff
from srcgrad.rules.text import METADATA


def contracted_axes(na: int, nb: int, axes: Any) -> tuple[list[int], list[int], list[int], list[int]]:
    """Kept and summed axes of the two factors of ``np.tensordot``."""
    if isinstance(axes, int | np.integer):
        summed_a, summed_b = list(range(na - axes, na)), list(range(axes))
    else:
        summed_a, summed_b = ([int(k) for k in np.atleast_1d(part)] for part in axes)
    summed_a, summed_b = [k % na for k in summed_a], [k % nb for k in summed_b]
    kept_a, kept_b = [k for k in range(na) if k not in summed_a], [k for k in range(nb) if k not in summed_b]
    return kept_a, summed_a, kept_b, summed_b


def einsum_letters(operands: Sequence[Any]) -> tuple[list[str], str]:
    """Subscripts of each operand and of the output, the ellipsis written out with letters of its own."""
    if isinstance(operands[0], str):
        text = operands[0].replace(" ", "")
        arrays = operands[1:]
    else:
        arrays = operands[: len(operands) // 2 * 2 : 2]
        parts = [_letters(sub) for sub in operands[1 : 2 * len(arrays) : 2]]
        text = ",".join(parts) + ("->" + _letters(operands[-1]) if len(operands) % 2 else "")
    left, arrow, output = text.partition("->")
    terms = left.split(",")
    free = [c for c in string.ascii_letters if c not in text]
    widths = [np.ndim(x) - len(term.replace("...", "")) for term, x in zip(terms, arrays, strict=True)]
    width = max((w for w, term in zip(widths, terms, strict=True) if "..." in term), default=0)
    dots = "".join(free[:width])
    if not arrow:
        single = sorted(c for c in set(left) - set(",.") if left.count(c) == 1)
        output = ("..." if "..." in left else "") + "".join(single)
    terms = [
        term.replace("...", dots[width - w :] if w else "") for term, w in zip(terms, widths, strict=True)
    ]
    return terms, output.replace("...", dots)


def _letters(sub: Sequence[Any]) -> str:
    return "".join("..." if k is Ellipsis else string.ascii_letters[k] for k in sub)


def arrays_of(operands: Sequence[Any]) -> list[int]:
    """At which places of einsum's arguments the arrays are."""
    return (
        list(range(1, len(operands)))
        if isinstance(operands[0], str)
        else list(range(0, len(operands) - 1, 2))
    )


nondiff(einsum_letters, contracted_axes, arrays_of)
METADATA[einsum_letters] = (0,)


def einsum_cotangents(t: Any, operands: Sequence[Any]) -> list[Any]:
    """Cotangent of each argument of einsum; None for those that are not arrays."""
    terms, output = einsum_letters(operands)
    places = arrays_of(operands)
    arrays = [operands[k] for k in places]
    result: list[Any] = [None] * len(operands)
    for k, place in enumerate(places):
        others = [np.conj(x) for j, x in enumerate(arrays) if j != k]
        result[place] = einsum_cotangent(t, output, arrays[k], terms[k], others, terms[:k] + terms[k + 1 :])
    return result


def einsum_cotangent(
    t: Any, output: str, x: Any, term: str, others: Sequence[Any], other_terms: list[str]
) -> Any:
    """Cotangent of one operand: letters that only it has are broadcast, repeated letters go to the
    diagonal.
    """
    wanted = "".join(dict.fromkeys(term))
    known = "".join(c for c in wanted if c in output or any(c in other for other in other_terms))
    part = np.einsum(",".join([output, *other_terms]) + "->" + known, t, *others)
    sizes = dict(zip(term, np.shape(x), strict=True))
    part = np.reshape(part, [np.shape(part)[known.index(c)] if c in known else 1 for c in wanted])
    if len(wanted) == len(term):
        grown = np.broadcast_shapes(np.shape(part), tuple(sizes[c] for c in wanted))
        return project(np.broadcast_to(part, grown), x)
    places = np.einsum(term + "->" + wanted, positions(x))
    return put_back(np.broadcast_to(part, np.shape(places)), places, x)


def einsum_tangents(operands: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """Tangent of einsum: one term for each operand that has a tangent."""
    total: Any = 0.0
    for place in arrays_of(operands):
        if tangents[place] is not None:
            total = total + np.einsum(*operands[:place], tangents[place], *operands[place + 1 :])
    return total
