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

from srcgrad.errors import ArgumentError, SrcgradError
from srcgrad.inspection import doctor
from srcgrad.inspection.arguments import example_arguments
from srcgrad.inspection.commands import rules, shown
from srcgrad.inspection.commands.looking import note_guesses
from srcgrad.inspection.targets import load_target

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
        description="Look at the gradients that srcgrad writes, and why they are so.",
        epilog="Each command has its own help with an example: srcgrad show --help",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    _looking(commands)

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


def _looking(commands: Any) -> None:
    """The commands that look into one derivative, and into the table of rules."""
    show = _command(
        commands,
        "show",
        "print the code generated for a function",
        "examples:\n"
        "  srcgrad show model.py:energy\n"
        "  srcgrad show package.module:energy --arg x=1.5 --arg 'A=float64[100,100]'\n"
        "  srcgrad show model.py:Pendulum.period --arg 'self=Pendulum(2.0)' --wrt swing\n"
        "  srcgrad show model.py:energy --interleaved\n"
        "  srcgrad show model.py:energy --diff core final\n"
        "  srcgrad show model.py:energy --mode forward",
    )
    _takes_target(show, wrt=True)
    show.add_argument("--value", action="store_true", help="the code that returns the value and the gradient")
    which = show.add_mutually_exclusive_group()
    which.add_argument("--stage", choices=shown.STAGES, help="a step on the way: " + ", ".join(shown.STAGES))
    which.add_argument(
        "--diff",
        nargs=2,
        metavar=("A", "B"),
        choices=shown.STAGES,
        help="what changes from one step to another",
    )
    which.add_argument(
        "--interleaved", action="store_true", help="each line with its forward code (>) and its adjoint (<)"
    )
    show.set_defaults(run=shown.show)

    about = _command(
        commands,
        "explain",
        "explain an error code, or a line or a variable of a function",
        "examples:\n"
        "  srcgrad explain SG101\n"
        "  srcgrad explain model.py:energy\n"
        "  srcgrad explain model.py:energy total\n"
        "  srcgrad explain model.py:energy 12 --measure",
    )
    about.add_argument(
        "what", nargs="*", help="a code such as SG101; or a function, and lines and variables of it"
    )
    _takes_inputs(about, wrt=True)
    about.add_argument(
        "--measure", action="store_true", help="run the function too, and say what things cost"
    )
    about.set_defaults(run=shown.explain)

    page = _command(
        commands,
        "report",
        "write a report: a page (.html), data (.json) or text",
        "examples:\n"
        "  srcgrad report model.py:energy -o energy.html\n"
        "  srcgrad report model.py:energy --arg x=1.5 -o before.json\n"
        "  srcgrad report model.py:energy --baseline before.json",
    )
    _takes_target(page, wrt=True)
    page.add_argument("-o", "--output", metavar="FILE", help="where to; NAME.html if left out")
    page.add_argument("--baseline", metavar="FILE", help="an earlier report (.json) to compare with")
    page.add_argument("--value", action="store_true", help="the code that returns the value and the gradient")
    page.add_argument(
        "--jit", action="store_true", help="compile to machine code too, and say whether it worked"
    )
    page.add_argument("--no-measure", action="store_true", help="do not run the function")
    page.set_defaults(run=shown.report)

    price = _command(
        commands,
        "cost",
        "measure time and memory of each line, forward and reverse",
        "examples:\n"
        "  srcgrad cost model.py:energy --arg x=1.5\n"
        "  srcgrad cost model.py:energy --inputs model.py:make_inputs",
    )
    _takes_target(price, wrt=True)
    price.set_defaults(run=shown.cost)

    drawing = _command(
        commands,
        "graph",
        "draw how values flow in a function: SVG, DOT or Mermaid",
        "examples:\n"
        "  srcgrad graph model.py:energy -o energy.svg\n"
        "  srcgrad graph model.py:energy --format mermaid",
    )
    _takes_target(drawing, wrt=True)
    drawing.add_argument("-o", "--output", metavar="FILE", help="where to; printed if left out")
    drawing.add_argument(
        "--format", choices=["svg", "dot", "mermaid"], help="after the name of the file, or svg"
    )
    drawing.add_argument("--function", metavar="NAME", help="one of the functions that are called")
    drawing.add_argument(
        "--measure", action="store_true", help="run the function, and show what is remembered"
    )
    drawing.set_defaults(run=shown.graph)

    module = _command(
        commands,
        "dump",
        "write the generated code as a module of its own",
        "example:\n  srcgrad dump model.py:energy -o energy_gradient.py",
    )
    _takes_target(module, wrt=True)
    module.add_argument("-o", "--output", metavar="FILE", help="where to; printed if left out")
    module.add_argument(
        "--value", action="store_true", help="the code that returns the value and the gradient"
    )
    module.set_defaults(run=shown.dump)

    table = _command(
        commands,
        "rules",
        "list the functions with a derivative rule, and those left out",
        "examples:\n  srcgrad rules\n  srcgrad rules linalg\n  srcgrad rules 'numpy.lin*' --json",
    )
    table.add_argument("pattern", nargs="?", help="a part of the name, or a pattern with * and ?")
    table.set_defaults(run=rules.rules)


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


def _takes_target(parser: argparse.ArgumentParser, *, wrt: bool = False) -> None:
    parser.add_argument("target", help="module:function, file.py:function or file.py:Class.method")
    _takes_inputs(parser, wrt=wrt)


def _takes_inputs(parser: argparse.ArgumentParser, *, wrt: bool) -> None:
    parser.add_argument(
        "--arg",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an example argument: 1.5, float64[3,4], or a Python expression (repeatable)",
    )
    parser.add_argument(
        "--inputs",
        metavar="FUNCTION",
        help="a function, named like the target, that returns the arguments as a tuple or a dictionary",
    )
    if wrt:
        parser.add_argument(
            "--wrt", metavar="NAMES", help="parameters to differentiate by, with commas between them"
        )
        parser.add_argument(
            "--mode",
            choices=["reverse", "forward"],
            default="reverse",
            help="which derivative; reverse if left out",
        )


# --- check ------------------------------------------------------------------------------------------------


def _check(options: argparse.Namespace) -> int:
    from srcgrad.check_gradients import check_grads

    target = load_target(options.target)
    examples = example_arguments(target, options.arg, options.inputs)
    if not options.json:
        note_guesses(examples)
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


# --- doctor and cache -------------------------------------------------------------------------------------


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
