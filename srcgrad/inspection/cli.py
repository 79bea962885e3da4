"""The command ``srcgrad``.

Exit codes: 0 all well, 1 the program cannot be differentiated (or the doctor found something wrong),
2 the command was not understood.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import inspect
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from srcgrad.errors import ArgumentError, SrcgradError, error_classes
from srcgrad.inspection import doctor, explain
from srcgrad.inspection.arguments import Example, example_arguments
from srcgrad.inspection.targets import Target, load_target
from srcgrad.inspection.terminal import highlight_markdown, highlight_python, wants_color

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        What to run instead of the process's own arguments.

    Returns
    -------
    int
        The exit code.
    """
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
        sys.stdout.flush()
        return code
    except SrcgradError as error:
        if options.json:
            print(json.dumps({"error": _error_facts(error)}, indent=2))
        else:
            print(error, file=sys.stderr)
        return 2 if isinstance(error, ArgumentError) else 1
    except BrokenPipeError:
        # The reader (`head`, a pager) has seen enough; the interpreter must not complain when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="srcgrad",
        description="Look at the gradients that srcgrad writes.",
        epilog="Each command has its own help with an example: srcgrad show --help",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    show = _command(
        commands,
        "show",
        "print the code generated for a function",
        "examples:\n"
        "  srcgrad show model.py:energy\n"
        "  srcgrad show package.module:energy --arg x=1.5 --arg 'A=float64[100,100]'\n"
        "  srcgrad show model.py:Pendulum.period --arg 'self=Pendulum(2.0)' --wrt swing",
    )
    _takes_target(show)
    show.add_argument(
        "--wrt", metavar="NAMES", help="parameters to differentiate by, with commas between them"
    )
    show.add_argument("--value", action="store_true", help="the code that returns the value and the gradient")
    show.set_defaults(run=_show)

    about = _command(
        commands,
        "explain",
        "print the page about an error code",
        "example:\n  srcgrad explain SG101",
    )
    about.add_argument("code", nargs="?", help="a code such as SG101; without it, all codes are listed")
    about.set_defaults(run=_explain)

    check = _command(
        commands,
        "check",
        "compare the derivatives of a function with differences",
        "examples:\n"
        "  srcgrad check model.py:energy --arg x=1.5\n"
        "  srcgrad check package.module:energy --arg 'A=float64[3,3]' --order 2 --modes rev",
    )
    _takes_target(check)
    check.add_argument("--order", type=int, default=1, help="derivatives up to this order; 1 if left out")
    check.add_argument("--modes", default="rev,fwd", help="rev, fwd, or both with a comma, the default")
    check.set_defaults(run=_check)

    versions = _command(
        commands,
        "doctor",
        "print versions and try a gradient",
        "example:\n  srcgrad doctor --json",
    )
    versions.set_defaults(run=_doctor)

    kept = _command(
        commands,
        "cache",
        "show or remove the machine code that is kept on disk",
        "examples:\n  srcgrad cache\n  srcgrad cache clear",
    )
    kept.add_argument("action", nargs="?", choices=["info", "clear"], default="info", help="info if left out")
    kept.set_defaults(run=_cache)
    return parser


def _command(commands: Any, name: str, summary: str, epilog: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="print JSON for programs to read")
    parser.add_argument(
        "--color", choices=["auto", "always", "never"], default="auto", help="when to use colours"
    )
    return parser


def _takes_target(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", help="module:function, file.py:function or file.py:Class.method")
    parser.add_argument(
        "--arg",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an example argument: 1.5, float64[3,4], or a Python expression (repeatable)",
    )


def _note_guesses(examples: Sequence[Example]) -> None:
    for example in examples:
        if example.note:
            print(
                f"note: {example.name}: {example.note}; to change that: --arg {example.name}=...",
                file=sys.stderr,
            )


# --- show -------------------------------------------------------------------------------------------------


def _show(options: argparse.Namespace) -> int:
    target = load_target(options.target)
    examples = example_arguments(target, options.arg)
    compiled, wrt = _differentiated(target, examples, options)
    if not options.json:
        _note_guesses(examples)

    named = [e for e in examples if e.kind is inspect.Parameter.KEYWORD_ONLY]
    positional = [e.value for e in examples if e not in named]
    with contextlib.redirect_stdout(sys.stderr):
        generated: str = compiled.source_for(*positional, **{e.name: e.value for e in named})

    if options.json:
        primal = inspect.unwrap(getattr(compiled, "primal", target.function))
        facts = {
            "target": options.target,
            "file": inspect.getsourcefile(primal),
            "line": inspect.getsourcelines(primal)[1],
            "wrt": wrt,
            "arguments": [{"name": e.name, "type": e.type_text, "note": e.note} for e in examples],
            "source": inspect.getsource(primal),
            "generated": generated,
        }
        print(json.dumps(facts, indent=2))
    else:
        text = highlight_python(generated) if wants_color(sys.stdout, options.color) else generated
        print(text.rstrip("\n"))
    return 0


def _differentiated(
    target: Target, examples: Sequence[Example], options: argparse.Namespace
) -> tuple[Any, list[str]]:
    """The differentiated function and the names it is differentiated by."""
    import srcgrad

    if hasattr(target.function, "primal") and hasattr(target.function, "source"):
        # Already made by srcgrad, perhaps as a decorator: show what it is.
        return target.function, []
    names = [example.name for example in examples]
    first = 1 if target.owner is not None else 0
    wrt = [part.strip() for part in options.wrt.split(",")] if options.wrt else names[first : first + 1]
    if not wrt:
        raise ArgumentError(f"{target.text} has no parameter to differentiate by")
    if unknown := [name for name in wrt if name not in names]:
        raise ArgumentError(
            f"{target.text} has no parameter {unknown[0]!r}",
            way_out=f"its parameters are: {', '.join(names)}.",
        )
    positions = tuple(names.index(name) for name in wrt)
    transform: Any = srcgrad.value_and_grad if options.value else srcgrad.grad
    return transform(target.function, argnums=positions if len(positions) > 1 else positions[0]), wrt


# --- check ------------------------------------------------------------------------------------------------


def _check(options: argparse.Namespace) -> int:
    from srcgrad.check_gradients import check_grads

    target = load_target(options.target)
    examples = example_arguments(target, options.arg)
    if not options.json:
        _note_guesses(examples)
    named = {e.name: e.value for e in examples if e.kind is inspect.Parameter.KEYWORD_ONLY}
    function = functools.partial(target.function, **named) if named else target.function
    values = [e.value for e in examples if e.name not in named]
    modes = [mode.strip() for mode in options.modes.split(",")]
    with contextlib.redirect_stdout(sys.stderr):
        check_grads(function, values, options.order, modes)
    if options.json:
        facts = {"target": options.target, "order": options.order, "modes": modes, "passed": True}
        print(json.dumps(facts, indent=2))
    else:
        print(f"{options.target}: derivatives up to order {options.order} agree ({' and '.join(modes)})")
    return 0


# --- explain and doctor -----------------------------------------------------------------------------------


def _explain(options: argparse.Namespace) -> int:
    if options.code is None:
        summaries = {code: explain.summary(cls) for code, cls in error_classes().items()}
        if options.json:
            print(json.dumps(summaries, indent=2))
        else:
            print("\n".join(f"{code}  {text}" for code, text in summaries.items()))
        return 0
    cls = explain.find_class(options.code)
    text = explain.page(cls)
    if options.json:
        print(json.dumps({"code": cls.code, "class": cls.__name__, "page": text}, indent=2))
    else:
        print((highlight_markdown(text) if wants_color(sys.stdout, options.color) else text).rstrip("\n"))
    return 0


def _cache(options: argparse.Namespace) -> int:
    from srcgrad.transform.loops import cache

    found = cache.clear() if options.action == "clear" else cache.info()
    if options.json:
        facts = {"folder": str(found.folder), "entries": found.entries, "bytes": found.size}
        print(json.dumps({**facts, "cleared": options.action == "clear"}, indent=2))
        return 0
    gone = "removed from" if options.action == "clear" else "in"
    print(f"{found.entries} compiled gradients ({found.size / 2**20:.1f} MB) {gone} {found.folder}")
    return 0


def _doctor(options: argparse.Namespace) -> int:
    findings = doctor.examine()
    if options.json:
        facts = {f.name: {"result": f.result, "good": f.good, "note": f.note} for f in findings}
        print(json.dumps(facts, indent=2))
    else:
        for f in findings:
            mark = " " if f.good else "!"
            print(f"{mark} {f.name:<11} {f.result:<24} {f.note}".rstrip())
    return 0 if all(f.good for f in findings) else 1


def _error_facts(error: SrcgradError) -> dict[str, Any]:
    place = error.location
    return {
        "code": error.code,
        "class": type(error).__name__,
        "message": error.message,
        "file": place.filename if place else None,
        "line": place.lineno if place else None,
        "column": place.col_offset if place else None,
        "cause": error.cause,
        "way_out": error.way_out,
    }


if __name__ == "__main__":
    sys.exit(main())
