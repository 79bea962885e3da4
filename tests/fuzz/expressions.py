"""Random expressions that stay tame: values near one, thresholds away from ties."""

from __future__ import annotations

from tests.fuzz.choices import Choices
from tests.fuzz.scope import Scope, Shape

CONSTANTS = ("0.5", "0.3", "1.1", "-0.7", "2.0", "0.9", "-1.3", "1")
THRESHOLDS = ("0.137", "-0.261", "0.419", "-0.053", "0.733", "-0.587")
SCALAR_FUNCTIONS = ("np.sin", "math.sin", "np.tanh", "math.cos", "math.tanh", "np.cos", "math.atan", "float")
ARRAY_FUNCTIONS = ("np.sin", "np.tanh", "np.cos", "np.arctan", "np.square", "np.negative")


class Expressions:
    """Writes expressions for a scope; ``helpers`` maps names of functions of two floats."""

    def __init__(self, choices: Choices, scalar_helpers: list[str], array_helpers: list[str]) -> None:
        self.choose = choices
        self.scalar_helpers = scalar_helpers
        self.array_helpers = array_helpers

    # --- indices

    def index(self, length: int, scope: Scope) -> str:
        """An index that is valid for ``length`` elements."""
        if scope.ints and self.choose.chance(45):
            name = self.choose.one_of(scope.ints)
            shift = self.choose.one_of(["", " + 1", " - 1", " * 2"])
            return f"({name}{shift}) % {length}" if shift else f"{name} % {length}"
        return str(self.choose.between(-length, length - 1))

    def part(self, length: int, size: int) -> str:
        """A slice of ``length`` elements that has ``size`` of them."""
        options = []
        for start in range(length - size + 1):
            stop = start + size
            options.append(f"{start or ''}:{stop if stop < length else ''}")
        if 2 * size - 1 <= length and size > 1:
            options.append(f":{2 * size - 1}:2")
        if size == length:
            options.append("::-1")
        return self.choose.one_of(options)

    def repeated(self, length: int, size: int) -> str:
        """A list of ``size`` indices into ``length``, often with repeats."""
        return "[" + ", ".join(str(self.choose.below(length)) for _ in range(size)) + "]"

    # --- scalars

    def atom(self, scope: Scope) -> str:
        """A constant, a name or an element."""
        kinds: list[tuple[int, str]] = [(2, "constant")]
        kinds += [(6, "name")] if scope.scalars else []
        kinds += [(4, "element")] if scope.arrays else []
        kinds += [(2, "item")] if scope.lists else []
        kinds += [(2, "nested")] if scope.array_lists else []
        kind = self.choose.weighted(kinds)
        if kind == "name":
            return self.choose.one_of(scope.scalars)
        if kind == "element":
            return self.element(scope)
        if kind == "item":
            name = self.choose.one_of(scope.lists)
            return f"{name}[{self.list_index(name, scope)}]"
        if kind == "nested":
            name = self.choose.one_of(list(scope.array_lists))
            count, shape = scope.array_lists[name]
            return f"{name}[{self.index(count, scope)}][{self.index(shape[0], scope)}]"
        return self.choose.one_of(CONSTANTS)

    def element(self, scope: Scope) -> str:
        """One element of an array."""
        name = self.choose.one_of(list(scope.arrays))
        inside = ", ".join(self.index(size, scope) for size in scope.arrays[name])
        return f"{name}[{inside}]"

    def list_index(self, name: str, scope: Scope) -> str:
        """A valid index of a list of unknown length."""
        if scope.ints and self.choose.chance(40):
            return f"{self.choose.one_of(scope.ints)} % len({name})"
        return self.choose.one_of(["-1", "0"])

    def scalar(self, scope: Scope, depth: int = 2) -> str:
        """An expression with a float (or NumPy float) as its value."""
        if depth <= 0 or self.choose.chance(20):
            return self.atom(scope)
        below = depth - 1
        kind = self.choose.weighted(
            [(6, "binary"), (4, "function"), (2, "square"), (2, "quotient"), (1, "minus"), (1, "ternary"),
             (1, "extreme"), (3, "helper"), (3, "reduction"), (1, "dot"), (1, "sum")]
        )  # fmt: skip
        if kind == "binary":
            op = self.choose.one_of(["*", "+", "-"])
            return f"({self.scalar(scope, below)} {op} {self.scalar(scope, below)})"
        if kind == "function":
            return f"{self.choose.one_of(SCALAR_FUNCTIONS)}({self.scalar(scope, below)})"
        if kind == "square":
            return f"({self.scalar(scope, below)}) ** {self.choose.one_of([2, 3])}"
        if kind == "quotient":
            return f"{self.scalar(scope, below)} / (1.5 + {self.atom(scope)} ** 2)"
        if kind == "minus":
            return f"-{self.scalar(scope, below)}"
        if kind == "ternary":
            yes, no = self.scalar(scope, below), self.scalar(scope, below)
            return f"({yes} if {self.condition(scope)} else {no})"
        if kind == "extreme":
            name = self.choose.one_of(["max", "min", "np.maximum"])
            return f"{name}({self.scalar(scope, below)}, {self.choose.one_of(THRESHOLDS)})"
        if kind == "helper" and self.scalar_helpers:
            name = self.choose.one_of(self.scalar_helpers)
            return f"{name}({self.scalar(scope, below)}, {self.atom(scope)})"
        if kind == "reduction" and scope.arrays:
            name = self.choose.one_of(list(scope.arrays))
            text = self.array(scope.arrays[name], scope, below)
            return f"{self.choose.one_of(['np.sum', 'np.mean'])}({text})"
        if kind == "dot" and scope.vectors():
            shape = scope.arrays[self.choose.one_of(scope.vectors())]
            return f"0.5 * ({self.array(shape, scope, 0)} @ {self.array(shape, scope, 0)})"
        if kind == "sum" and scope.vectors():
            name = self.choose.one_of(scope.vectors())
            return f"sum(v * {self.atom(scope)} for v in {name})"
        return self.atom(scope)

    # --- conditions

    def condition(self, scope: Scope, depth: int = 1) -> str:
        """A condition, on counters or on active values against a threshold."""
        kinds = [(3, "value"), (1, "true")]
        kinds += [(4, "counter")] if scope.ints else []
        kinds += [(1, "length")] if scope.lists else []
        kinds += [(1, "flag")] if scope.flags else []
        kinds += [(1, "both")] if depth else []
        kind = self.choose.weighted(kinds)
        if kind == "counter":
            name = self.choose.one_of(scope.ints)
            return self.choose.one_of([f"{name} % 2 == 0", f"{name} == 1", f"{name} > 0", f"{name} != 2"])
        if kind == "length":
            return f"len({self.choose.one_of(scope.lists)}) > {self.choose.between(1, 4)}"
        if kind == "flag":
            return self.choose.one_of(scope.flags)
        if kind == "both":
            word = self.choose.one_of(["and", "or"])
            return f"({self.condition(scope, 0)} {word} not {self.condition(scope, 0)})"
        if kind == "true":
            return self.choose.one_of(["True", "False"])
        return f"{self.scalar(scope, 1)} {self.choose.one_of(['>', '<'])} {self.choose.one_of(THRESHOLDS)}"

    # --- arrays

    def array(self, shape: Shape, scope: Scope, depth: int = 2) -> str:
        """An expression with an array of ``shape`` as its value."""
        names = scope.of_shape(shape)
        kinds: list[tuple[int, str]] = [(8, "name")] if names else [(1, "full")]
        if len(shape) == 1:
            kinds += [(2, "part"), (1, "gather"), (1, "row")]
        if depth > 0:
            kinds += [(6, "binary"), (3, "scaled"), (3, "function"), (1, "where"), (1, "copy")]
            kinds += (
                [(1, "build"), (1, "cumulative"), (2, "helper")] if len(shape) == 1 else [(1, "transpose")]
            )
        kind = self.choose.weighted(kinds)
        text = self._array_of(kind, shape, scope, depth - 1)
        if text is not None:
            return text
        return self.choose.one_of(names) if names else f"np.full({shape}, {self.atom(scope)})"

    def _array_of(self, kind: str, shape: Shape, scope: Scope, below: int) -> str | None:
        if kind == "binary":
            op = self.choose.one_of(["*", "+", "-"])
            return f"({self.array(shape, scope, below)} {op} {self.array(shape, scope, below)})"
        if kind == "scaled":
            op = self.choose.one_of(["*", "+"])
            return f"({self.array(shape, scope, below)} {op} {self.scalar(scope, below)})"
        if kind == "function":
            return f"{self.choose.one_of(ARRAY_FUNCTIONS)}({self.array(shape, scope, below)})"
        if kind == "where":
            tested = self.array(shape, scope, 0)
            yes, no = self.array(shape, scope, below), self.array(shape, scope, below)
            return f"np.where({tested} > {self.choose.one_of(THRESHOLDS)}, {yes}, {no})"
        if kind == "copy":
            return f"{self.array(shape, scope, 0)}.copy()"
        if kind == "build":
            return "np.array([" + ", ".join(self.scalar(scope, 1) for _ in range(shape[0])) + "])"
        if kind == "cumulative":
            return f"0.5 * np.cumsum({self.array(shape, scope, below)})"
        if kind == "helper" and self.array_helpers:
            name = self.choose.one_of(self.array_helpers)
            return f"{name}({self.array(shape, scope, below)}, {self.atom(scope)})"
        if kind == "transpose":
            return f"{self.array(shape[::-1], scope, below)}.T" if scope.of_shape(shape[::-1]) else None
        return self._piece_of(kind, shape, scope)

    def _piece_of(self, kind: str, shape: Shape, scope: Scope) -> str | None:
        if kind == "part":
            longer = [name for name in scope.vectors() if scope.arrays[name][0] >= shape[0]]
            if longer:
                name = self.choose.one_of(longer)
                return f"{name}[{self.part(scope.arrays[name][0], shape[0])}]"
        if kind == "gather" and scope.vectors():
            name = self.choose.one_of(scope.vectors())
            return f"{name}[{self.repeated(scope.arrays[name][0], shape[0])}]"
        if kind == "row":
            for name in scope.matrices():
                rows, columns = scope.arrays[name]
                if columns == shape[0]:
                    return f"{name}[{self.index(rows, scope)}]"
                if rows == shape[0]:
                    return f"{name}[:, {self.index(columns, scope)}]"
        return None
