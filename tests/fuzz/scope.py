"""What a generated program may refer to at a point: names with the shapes they always have."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

Shape = tuple[int, ...]


@dataclass
class Scope:
    """Names that are certainly defined here.

    A name keeps its kind and shape for the whole program, so rebinding in a loop or in one branch
    cannot make an expression invalid. Every list of floats holds at least one element at all times.
    """

    scalars: list[str] = field(default_factory=list)
    arrays: dict[str, Shape] = field(default_factory=dict)
    lists: list[str] = field(default_factory=list)
    array_lists: dict[str, tuple[int, Shape]] = field(default_factory=dict)
    ints: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    in_loop: bool = False
    may_return: bool = True

    def inner(self, **changes: object) -> Scope:
        """A scope for a block: what is first defined there is not known after it."""
        return replace(
            self,
            scalars=list(self.scalars),
            arrays=dict(self.arrays),
            lists=list(self.lists),
            array_lists=dict(self.array_lists),
            ints=list(self.ints),
            flags=list(self.flags),
            **changes,  # type: ignore[arg-type]
        )

    def of_shape(self, shape: Shape) -> list[str]:
        """Arrays of one shape."""
        return [name for name, known in self.arrays.items() if known == shape]

    def vectors(self) -> list[str]:
        """Arrays of one dimension."""
        return [name for name, shape in self.arrays.items() if len(shape) == 1]

    def matrices(self) -> list[str]:
        """Arrays of two dimensions."""
        return [name for name, shape in self.arrays.items() if len(shape) == 2]
