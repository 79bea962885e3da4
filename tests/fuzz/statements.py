"""Random statements: writes, views, aliases, loops, exits, lists, calls."""

from __future__ import annotations

from collections.abc import Callable

from tests.fuzz.expressions import THRESHOLDS
from tests.fuzz.scope import Scope, Shape
from tests.fuzz.statements_lists import ARRAY_NAMES, SCALAR_NAMES, ListStatements

VIEW_NAMES = ("v1", "v2", "v3")


class Statements(ListStatements):
    """Writes statements of all kinds."""

    # --- blocks

    def block(self, scope: Scope, level: int, length: int, depth: int) -> None:
        """Some statements, at least one line."""
        before = len(self.lines)
        for _ in range(length):
            if self.budget <= 0:
                break
            self.budget -= 1
            self.statement(scope, level, depth)
        if len(self.lines) == before:
            self.put(level, "pass")

    def statement(self, scope: Scope, level: int, depth: int) -> None:
        """One statement, simple or compound."""
        simple: list[tuple[int, Callable[[Scope, int], None]]] = [
            (6, self.assign_scalar), (3, self.augment_scalar), (4, self.assign_array),
            (1, self.assign_list), (1, self.assign_flag), (1, self.swap_scalars),
        ]  # fmt: skip
        if scope.arrays:
            simple += [
                (8, self.write_element), (5, self.write_slice), (3, self.write_mask), (3, self.write_gather),
                (4, self.write_whole), (3, self.alias), (5, self.view), (3, self.swap_arrays),
                (2, self.write_through_call), (3, self.call_writer), (1, self.assign_nested),
            ]  # fmt: skip
        if scope.lists:
            simple += [(5, self.use_list)]
        if scope.array_lists:
            simple += [(4, self.use_nested)]
        compound: list[tuple[int, Callable[[Scope, int, int], None]]] = [
            (6, self.branch), (5, self.for_range), (3, self.for_each), (4, self.counted_while),
            (2, self.endless_while),
        ]  # fmt: skip
        if scope.in_loop:
            compound += [(4, self.leave_loop)]
        if scope.may_return:
            compound += [(2, self.early_return)]
        if depth > 0 and self.choose.chance(35):
            self.choose.weighted(compound)(scope, level, depth - 1)
        else:
            self.choose.weighted(simple)(scope, level)

    # --- scalars

    def assign_scalar(self, scope: Scope, level: int) -> None:
        name = self.target(SCALAR_NAMES, scope.scalars)
        self.put(level, f"{name} = {self.tame(self.make.scalar(scope))}")
        if name not in scope.scalars:
            scope.scalars.append(name)

    def augment_scalar(self, scope: Scope, level: int) -> None:
        if not scope.scalars:
            return self.assign_scalar(scope, level)
        name, op = self.choose.one_of(scope.scalars), self.choose.one_of(["+=", "-=", "*=", "/="])
        value = self.make.scalar(scope, 1)
        self.put(level, f"{name} {op} " + (f"1.5 + ({value}) ** 2" if op == "/=" else value))
        return None

    def swap_scalars(self, scope: Scope, level: int) -> None:
        if len(scope.scalars) < 2:
            return self.assign_scalar(scope, level)
        one, two = self.choose.one_of(scope.scalars), self.choose.one_of(scope.scalars)
        self.put(level, f"{one}, {two} = {two}, {self.choose.one_of([one, self.make.scalar(scope, 1)])}")
        return None

    def assign_flag(self, scope: Scope, level: int) -> None:
        name = self.fresh("flag")
        self.put(level, f"{name} = {self.make.condition(scope)}")
        scope.flags.append(name)

    # --- arrays

    def assign_array(self, scope: Scope, level: int) -> None:
        name = self.choose.one_of(ARRAY_NAMES)
        shape = self.shape_for(name, scope)
        plain = [f"np.zeros({shape})", f"np.ones({shape})"]
        text = self.choose.one_of(plain) if self.choose.chance(25) else self.tame_array(shape, scope)
        self.put(level, f"{name} = {text}")
        scope.arrays[name] = shape

    def tame_array(self, shape: Shape, scope: Scope) -> str:
        text = self.make.array(shape, scope)
        return self.choose.weighted([(3, text), (2, f"np.sin({text})"), (1, f"0.5 * ({text})")])

    def some_array(self, scope: Scope) -> str:
        return self.choose.one_of(list(scope.arrays))

    def write_element(self, scope: Scope, level: int) -> None:
        op = self.choose.weighted([(4, "="), (3, "+="), (1, "-="), (2, "*=")])
        self.put(level, f"{self.make.element(scope)} {op} {self.tame(self.make.scalar(scope))}")

    def write_slice(self, scope: Scope, level: int) -> None:
        name = self.some_array(scope)
        shape = scope.arrays[name]
        op = self.choose.weighted([(3, "="), (3, "+="), (2, "*=")])
        if len(shape) == 2:
            if self.choose.chance(50):
                where, inner = self.make.index(shape[0], scope), shape[1:]
            else:
                where, inner = f":, {self.make.index(shape[1], scope)}", shape[:1]
        else:
            size = self.choose.between(1, shape[0])
            where, inner = self.make.part(shape[0], size), (size,)
        value = self.tame_array(inner, scope) if self.choose.chance(70) else self.make.scalar(scope, 1)
        self.put(level, f"{name}[{where}] {op} {value}")

    def write_mask(self, scope: Scope, level: int) -> None:
        name = self.some_array(scope)
        like = self.choose.one_of(scope.of_shape(scope.arrays[name]))
        mask = f"{like} > {self.choose.one_of(THRESHOLDS)}"
        op = self.choose.one_of(["=", "+=", "*="])
        value = self.make.scalar(scope, 1)
        if self.choose.chance(40):
            value = f"np.sin({self.choose.one_of(scope.of_shape(scope.arrays[name]))}[{mask}])"
        self.put(level, f"{name}[{mask}] {op} {value}")

    def write_gather(self, scope: Scope, level: int) -> None:
        if not scope.vectors():
            return self.write_element(scope, level)
        name = self.choose.one_of(scope.vectors())
        size = self.choose.between(2, 4)
        indices = self.make.repeated(scope.arrays[name][0], size)
        value = self.make.array((size,), scope, 1)
        if self.choose.chance(30):
            self.put(level, f"np.add.at({name}, {indices}, {value})")
        else:
            self.put(level, f"{name}[{indices}] {self.choose.one_of(['=', '+=', '*='])} {value}")
        return None

    def write_whole(self, scope: Scope, level: int) -> None:
        name = self.some_array(scope)
        shape = scope.arrays[name]
        op = self.choose.weighted([(3, "+="), (2, "*="), (2, "[:] ="), (1, "-=")])
        value = self.tame_array(shape, scope) if self.choose.chance(75) else self.make.scalar(scope, 1)
        self.put(level, f"{name}{op if op.startswith('[') else ' ' + op} {value}")

    def write_through_call(self, scope: Scope, level: int) -> None:
        name = self.some_array(scope)
        shape = scope.arrays[name]
        kind = self.choose.one_of(["fill", "copyto", "out", "out2", "sort"])
        if kind == "fill":
            self.put(level, f"{name}.fill({self.make.scalar(scope, 1)})")
        elif kind == "copyto":
            self.put(level, f"np.copyto({name}, {self.make.array(shape, scope)})")
        elif kind == "out":
            function = self.choose.one_of(["np.sin", "np.tanh", "np.square"])
            self.put(level, f"{function}({self.make.array(shape, scope, 1)}, out={name})")
        elif kind == "out2":
            function = self.choose.one_of(["np.multiply", "np.add", "np.subtract"])
            first, second = self.make.array(shape, scope, 1), self.make.array(shape, scope, 1)
            self.put(level, f"{function}({first}, {second}, out={name})")
        else:
            self.put(level, f"{name}.sort()")

    def alias(self, scope: Scope, level: int) -> None:
        name = self.choose.one_of(ARRAY_NAMES)
        others = [other for other in scope.of_shape(self.shape_for(name, scope)) if other != name]
        if not others:
            return self.assign_array(scope, level)
        self.put(level, f"{name} = {self.choose.one_of(others)}")
        scope.arrays[name] = self.shape_for(name, scope)
        return None

    def view(self, scope: Scope, level: int) -> None:
        name = self.choose.one_of(VIEW_NAMES)
        size = self.shape_for(name, scope)[0]
        base = self.some_array(scope)
        shape = scope.arrays[base]
        if len(shape) == 2:
            whole = shape[0] * shape[1]
            flat = self.choose.one_of(
                [f"{base}.reshape(-1)", f"{base}.ravel()", f"np.reshape({base}, {whole})"]
            )
            text = f"{flat}[{self.make.part(whole, size)}]"
            if shape[1] == size and self.choose.chance(50):
                text = f"{base}[{self.make.index(shape[0], scope)}]"
            elif shape[0] == size and self.choose.chance(50):
                text = self.choose.one_of([f"{base}[:, 1]", f"{base}.T[0]"])
        elif shape[0] >= size and base != name:
            text = f"{base}[{self.make.part(shape[0], size)}]"
        else:
            return self.assign_array(scope, level)
        self.put(level, f"{name} = {text}")
        scope.arrays[name] = (size,)
        return None

    def swap_arrays(self, scope: Scope, level: int) -> None:
        one = self.some_array(scope)
        two = self.choose.one_of(scope.of_shape(scope.arrays[one]))
        if len(scope.arrays[one]) == 1 and self.choose.chance(35):
            i, j = (self.make.index(scope.arrays[one][0], scope) for _ in range(2))
            self.put(level, f"{one}[{i}], {two}[{j}] = {two}[{j}], {one}[{i}]")
        elif one == two:
            self.alias(scope, level)
        else:
            self.put(level, f"{one}, {two} = {two}, {one}")

    def call_writer(self, scope: Scope, level: int) -> None:
        if not self.writers or not scope.vectors():
            return self.write_whole(scope, level)
        name = self.choose.one_of(list(self.writers))
        first = self.choose.one_of(scope.vectors())
        length = scope.arrays[first][0]
        same = [other for other in scope.vectors() if scope.arrays[other] == (length,)]
        given = [first, self.choose.one_of(same)] if self.writers[name] == 2 else [first]
        if length > 2 and self.choose.chance(30):
            size = self.choose.between(2, length)
            given = [f"{array}[{self.make.part(length, size)}]" for array in given]
        call = f"{name}({', '.join(given)}, {self.make.scalar(scope, 1)})"
        if self.choose.chance(50):
            target = self.target(SCALAR_NAMES, scope.scalars)
            self.put(level, f"{target} = {call}")
            if target not in scope.scalars:
                scope.scalars.append(target)
        else:
            self.put(level, call)
        return None

    # --- blocks of statements

    def branch(self, scope: Scope, level: int, depth: int) -> None:
        self.put(level, f"if {self.make.condition(scope)}:")
        yes = scope.inner()
        self.block(yes, level + 1, self.choose.between(1, 3), depth)
        branches = [yes]
        if self.choose.chance(20):
            self.put(level, f"elif {self.make.condition(scope)}:")
            branches.append(scope.inner())
            self.block(branches[-1], level + 1, self.choose.between(1, 2), depth)
        if self.choose.chance(55):
            self.put(level, "else:")
            branches.append(scope.inner())
            self.block(branches[-1], level + 1, self.choose.between(1, 3), depth)
            scope.scalars = [n for n in yes.scalars if all(n in b.scalars for b in branches)]
            scope.arrays = {n: s for n, s in yes.arrays.items() if all(n in b.arrays for b in branches)}

    def loop_body(self, scope: Scope, level: int, depth: int, counter: str | None) -> None:
        inside = scope.inner(in_loop=True)
        if counter:
            inside.ints.append(counter)
        self.block(inside, level, self.choose.between(1, 4), depth)

    def loop_else(self, scope: Scope, level: int) -> None:
        if self.choose.chance(12):
            self.put(level, "else:")
            self.block(scope.inner(), level + 1, 1, 0)

    def for_range(self, scope: Scope, level: int, depth: int) -> None:
        counter = self.fresh("i")
        text = self.choose.one_of(
            [f"range({self.choose.between(0, 4)})", "range(3, 0, -1)", "range(1, 6, 2)", "range(2)"]
        )
        self.put(level, f"for {counter} in {text}:")
        self.loop_body(scope, level + 1, depth, counter)
        self.loop_else(scope, level)

    def for_each(self, scope: Scope, level: int, depth: int) -> None:
        """Over the elements of an array, the rows of a matrix or a list."""
        counter, item = self.fresh("i"), self.fresh("w")
        inside = scope.inner(in_loop=True)
        inside.ints.append(counter)
        if scope.matrices() and self.choose.chance(40):
            name = self.choose.one_of(scope.matrices())
            inside.arrays[item] = scope.arrays[name][1:]
        elif scope.vectors() and self.choose.chance(70):
            name = self.choose.one_of(scope.vectors())
            inside.scalars.append(item)
        elif scope.lists:
            # A list may grow in the body: iterate over a copy, so that the loop ends.
            name = f"list({self.choose.one_of(scope.lists)})"
            inside.scalars.append(item)
        else:
            return self.for_range(scope, level, depth)
        if self.choose.chance(50):
            self.put(level, f"for {counter}, {item} in enumerate({name}):")
        else:
            inside.ints.remove(counter)
            self.put(level, f"for {item} in {name}:")
        self.block(inside, level + 1, self.choose.between(1, 3), depth)
        self.loop_else(scope, level)
        return None

    def counted_while(self, scope: Scope, level: int, depth: int) -> None:
        counter = self.fresh("k")
        self.put(level, f"{counter} = 0")
        extra = f" and {self.make.condition(scope)}" if self.choose.chance(40) else ""
        self.put(level, f"while {counter} < {self.choose.between(0, 4)}{extra}:")
        self.put(level + 1, f"{counter} += 1")
        self.loop_body(scope, level + 1, depth, counter)
        self.loop_else(scope, level)

    def endless_while(self, scope: Scope, level: int, depth: int) -> None:
        counter = self.fresh("k")
        self.put(level, f"{counter} = 0")
        self.put(level, "while True:")
        self.put(level + 1, f"{counter} += 1")
        if self.choose.chance(50):
            # No `continue` before the exit: the loop would not end.
            before = scope.inner(in_loop=False)
            before.ints.append(counter)
            self.block(before, level + 1, self.choose.between(1, 3), depth)
        self.put(level + 1, f"if {counter} > {self.choose.between(0, 3)}:")
        self.put(level + 2, "break")
        self.loop_body(scope, level + 1, depth, counter)

    def leave_loop(self, scope: Scope, level: int, depth: int) -> None:
        self.put(level, f"if {self.make.condition(scope)}:")
        if self.choose.chance(40):
            self.block(scope.inner(), level + 1, 1, 0)
        self.put(level + 1, self.choose.one_of(["break", "continue"]))

    def early_return(self, scope: Scope, level: int, depth: int) -> None:
        self.put(level, f"if {self.make.condition(scope)}:")
        self.put(level + 1, f"return {self.make.scalar(scope)}")
