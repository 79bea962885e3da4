"""Specialisations: one function for one signature, inferred once, recursive ones until they are stable."""

from __future__ import annotations

from collections.abc import Mapping

from srcgrad.transform.facts import Facts
from srcgrad.transform.infer import Interpreter
from srcgrad.transform.normalize import Core, normalize
from srcgrad.transform.refused import Refused
from srcgrad.transform.signature import key_of, leaves, sharing
from srcgrad.transform.source import Source
from srcgrad.transform.types import Region, Value, class_of

_MOST_ROUNDS = 40


class Specialization:
    """One function for one signature: its facts, and later its generated code.

    A recursive call finds the specialisation in progress; ``result`` is then what is known so far
    (None: nothing yet), and ``rounds`` go on until it is stable.
    """

    def __init__(self, source: Source, core: Core, parameters: dict[str, Value], key: object) -> None:
        self.source = source
        self.core = core
        self.parameters = parameters
        self.key = key
        self.facts: Facts | None = None
        self.result: Value | None = None
        self.in_progress = False
        self.recursive = False
        self.refusal: Refused | None = None

    @property
    def name(self) -> str:
        """The function's name."""
        return self.source.name

    def parameter_region(self, name: str) -> Region | None:
        """The memory of a parameter inside the callee."""
        return self.parameters[name].home


class Program:
    """All specialisations that one compiled derivative consists of."""

    def __init__(self) -> None:
        self.specializations: dict[object, Specialization] = {}
        self.cores: dict[object, Core] = {}

    def specialize(
        self, source: Source, identity: object, parameters: dict[str, Value], aliases: object = None
    ) -> Specialization:
        """Infer a function for parameters of these types; memoised."""
        key = (
            identity,
            tuple((name, key_of(value)) for name, value in parameters.items()),
            tuple(_externals(value) for value in parameters.values()),
            sharing(parameters),
            aliases,
        )
        found = self.specializations.get(key)
        if found is not None:
            if found.refusal is not None:
                raise found.refusal
            found.recursive |= found.in_progress
            return found
        active = frozenset(name for name, value in parameters.items() if value.varied)
        classes = {
            name: cls for name, value in parameters.items() if (cls := class_of(value.type)) is not None
        }
        core_key = (identity, active, tuple(classes.items()))
        core = self.cores.get(core_key)
        if core is None:
            try:
                core = self.cores[core_key] = normalize(source, active, classes)
            except Refused as refusal:
                raise refusal.within(source) from None
        made = self.specializations[key] = Specialization(source, core, parameters, key)
        made.in_progress = True
        try:
            for _ in range(_MOST_ROUNDS):
                before = _summary(made)
                made.facts = infer(self, source, core, parameters)
                made.result = made.facts.result
                if not made.recursive or _summary(made) == before:
                    break
            else:
                raise Refused(core.function, "its types do not settle")
        except Refused as refusal:
            made.refusal = refusal.within(source)
            raise
        finally:
            made.in_progress = False
        return made


def _externals(value: Value) -> tuple[bool, ...]:
    homes = [part.home for part in leaves(value) if part.home is not None]
    return tuple(flag for home in homes for flag in (home.external, home.volatile))


def _summary(made: Specialization) -> object:
    regions = [part.home for value in made.parameters.values() for part in leaves(value) if part.home]
    flags = [(r.written, r.varied) for r in regions]
    order = {id(r): k for k, r in enumerate(reversed(regions))}
    merged = [order[id(r)] for r in regions]
    result = made.result
    if result is None:
        return flags, merged, None
    homes = [order.get(id(part.home)) for part in leaves(result)]
    return flags, merged, key_of(result), homes, [part.written for part in leaves(result)]


def infer(program: Program, source: Source, core: Core, parameters: Mapping[str, Value]) -> Facts:
    """Run the abstract interpreter to its fixed point."""
    facts = Facts(source, core, dict(parameters))
    interpreter = Interpreter(program, facts)
    for _ in range(_MOST_ROUNDS):
        facts.values.clear()
        facts.calls.clear()
        facts.taken.clear()
        facts.places.clear()
        before = interpreter.state()
        interpreter.function()
        if interpreter.state() == before:
            return facts
    raise Refused(core.function, "its types do not settle")
