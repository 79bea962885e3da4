"""Keep the generated code in the documentation true: run the examples there and put in what srcgrad writes.

Usage::

    python scripts/generated_in_docs.py           say which pages are out of date
    python scripts/generated_in_docs.py --write   bring them up to date

Two marks stand in front of code blocks. ``<!-- example -->``: the block is a program that runs by itself, and a
comment behind a ``print`` says what it prints. ``<!-- generated: root(2.0) -->``: the block is the gradient of the
function ``root`` of the nearest example above, generated for these arguments; ``<!-- generated: jvp root(2.0) -->`` is
its tangent. A third stands in front of a table,
``<!-- constructs: flow -->``: its lines are the programs of that section in ``docs/constructs.py``.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import functools
import importlib.util
import io
import linecache
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import srcgrad
from srcgrad.errors import SrcgradError
from srcgrad.pushforward import compiled_for

ROOT = Path(__file__).resolve().parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
BLOCK = re.compile(
    r"(?P<mark><!-- (?P<kind>example|generated: (?P<call>[^\n]+)) -->\n)```python\n(?P<code>.*?)```",
    re.DOTALL,
)
TABLE = re.compile(
    r"(?P<mark><!-- constructs: (?P<section>\w+) -->\n)(?P<head>\|[^\n]*\n\|[-|]*\n)(?:\|[^\n]*\n)*"
)


@functools.cache
def constructs() -> ModuleType:
    """The programs behind the tables."""
    spec = importlib.util.spec_from_file_location("constructs", ROOT / "docs" / "constructs.py")
    assert spec is not None and spec.loader is not None
    # Dataclasses look their module up.
    module = sys.modules["constructs"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def way(function: Any, arguments: tuple[Any, ...]) -> str:
    """How a program is differentiated: a few words for the table."""
    differentiated = srcgrad.grad(function)
    try:
        differentiated(*copy.deepcopy(arguments))
    except SrcgradError as error:
        return f"[{error.code}](errors/{error.code}.md)"
    return "recorded" if differentiated.source.startswith("# recorded") else "static"


def run(code: str, name: str) -> dict[str, Any]:
    """Run an example as a file of its own; its names. Raises if a comment says something else than is printed."""
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    namespace: dict[str, Any] = {"__name__": "__main__", "__file__": name}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(code, name, "exec"), namespace)
    promised = re.findall(r"^print\(.*\)  # (.*)$", code, re.MULTILINE)
    for line, comment in zip(printed.getvalue().splitlines(), promised, strict=True):
        if not comment.startswith(line):
            raise AssertionError(f"{name} prints {line!r}, and its comment says {comment!r}")
    return namespace


def generated(call: str, namespace: dict[str, Any]) -> str:
    """Code of the gradient that ``root(2.0)`` stands for; with ``jvp`` in front, of the tangent by all arguments."""
    forward = call.startswith("jvp ")
    tree = ast.parse(call.removeprefix("jvp "), mode="eval").body
    assert isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name), call
    arguments = [eval(ast.unparse(part), namespace) for part in tree.args]
    function = namespace[tree.func.id]
    if forward:
        found = compiled_for(function, arguments, arguments)
        assert found is not None, call
        return found[0].compiled.source
    return srcgrad.grad(getattr(function, "primal", function)).source_for(*arguments)


def updated(text: str, name: str) -> str:
    """The page with its generated blocks as srcgrad writes them now."""
    namespace: dict[str, Any] = {}

    def replace(match: re.Match[str]) -> str:
        if match["kind"] == "example":
            namespace.clear()
            line = text.count("\n", 0, match.start("code"))
            namespace.update(run(match["code"], f"<{name}, line {line}>"))
            return match[0]
        return f"{match['mark']}```python\n{generated(match['call'], namespace)}```"

    def table(match: re.Match[str]) -> str:
        rows = [
            f"| {said} | {way(function, arguments)} |\n"
            for section, said, function, arguments in constructs().PROGRAMS
            if section == match["section"]
        ]
        return match["mark"] + match["head"] + "".join(rows)

    return TABLE.sub(table, BLOCK.sub(replace, text))


def main(arguments: list[str] | None = None) -> int:
    """Exit code 1 if a page is out of date and was not to be written."""
    parser = argparse.ArgumentParser(description="Keep the generated code in the documentation true.")
    parser.add_argument("--write", action="store_true", help="bring the pages up to date")
    write = parser.parse_args(arguments).write
    stale = 0
    for page in PAGES:
        text = page.read_text()
        new = updated(text, page.name)
        if new != text:
            stale += 1
            print(f"{page.relative_to(ROOT)}: {'written' if write else 'out of date'}")
            if write:
                page.write_text(new)
    return int(stale > 0 and not write)


if __name__ == "__main__":
    sys.exit(main())
