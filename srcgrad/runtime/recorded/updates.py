"""Functions with a rule that write into an argument: ``np.copyto``, ``np.add.at``, ``a.sort()``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import gast
import numpy as np

from srcgrad.rules.rule import Rule
from srcgrad.runtime.recorded.apply import active, gathered, kept, lift, node_of, plain
from srcgrad.runtime.recorded.forms import form_of, live_hooks, revive, stand_in
from srcgrad.runtime.recorded.memory import session
from srcgrad.runtime.recorded.recorded_values import RecordedArray, hooks
from srcgrad.runtime.recorded.recording import Node, Walk

__all__ = ["apply_update"]


class Written(Node):
    """New content of an array that a function with an update rule wrote into.

    Attributes
    ----------
    old : Node or None
        Where the content before comes from.
    values : dict
        Where the differentiable arguments come from, by name.
    """

    __slots__ = ("old", "rule", "saved", "values")

    def __init__(self, rule: Rule, old: Node | None, values: dict[str, Node | None]) -> None:
        super().__init__(*[node for node in (old, *values.values()) if node is not None])
        self.rule, self.old, self.values = rule, old, values
        self.saved: tuple[Any, ...] = ()

    def pull(self, g: Any, walk: Walk) -> None:
        update = self.rule.update
        assert update is not None
        names = update.arguments[1:]
        if walk.live is None:
            memory = np.array(g)
            parts = update.function(memory, *[revive(value, None) for value in self.saved])
        else:
            memory = walk.live.copy(g)
            nodes = {**self.values, str(self.rule.mutated): self.old, "ans": self}
            read = {name: nodes.get(name) if name in update.reads else None for name in names}
            saved = [revive(value, read[name]) for name, value in zip(names, self.saved, strict=True)]
            parts = _live_update(self.rule)(memory, *saved)
        for node, part in zip(self.values.values(), parts, strict=True):
            if node is not None and part is not None:
                walk.add(node, part)
        if self.old is not None:
            walk.add(self.old, memory)


@cache
def _live_update(rule: Rule) -> Callable[..., Any]:
    """An update rule's text, recorded."""
    update = rule.update
    assert update is not None
    results = gast.Return(value=gast.Tuple(elts=list(update.results), ctx=gast.Load()))
    label = f"{rule.name}_update".replace(".", "_")
    return live_hooks.instrument(label, update.arguments, [*update.statements, results], rule.namespace)


def apply_update(op: Callable[..., Any], rule: Rule, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Run a function that writes into an argument."""
    form = form_of(rule, len(args), tuple(kwargs))
    values = form.arguments(args, kwargs)
    update = rule.update
    assert update is not None and rule.mutated is not None
    target = values[rule.mutated]
    array = plain(target)
    memory = target.memory if isinstance(target, RecordedArray) else session().memory(array)
    for name in rule.differentiable:
        if isinstance(values[name], (list, tuple)) and active(values[name]):
            values[name] = gathered(values[name])
    old = node_of(target)
    nodes = {name: node_of(values[name]) for name in rule.differentiable}
    live = array.dtype.kind in "fc" and (old is not None or any(node is not None for node in nodes.values()))
    keeping: dict[str, Any] = {}
    if live:
        keeping = {name: kept(lift(value), name in update.reads) for name, value in values.items()}
        keeping[str(rule.mutated)] = array.copy() if rule.mutated in update.reads else stand_in(array)
    memory.before_write(array)
    result = op(*[plain(arg) for arg in args], **{key: plain(value) for key, value in kwargs.items()})
    if live:
        keeping["ans"] = array.copy() if "ans" in update.reads else stand_in(array)
        written = Written(rule, old, nodes)
        written.saved = tuple([keeping[name] for name in update.arguments[1:]])
        memory.after_write(memory.region(array), written, stand_in(array))
    return target if result is array else result


hooks.update = apply_update
