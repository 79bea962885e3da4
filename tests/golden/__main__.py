"""Print the generated code of the golden programs, or write it: ``python -m tests.golden --update``."""

from __future__ import annotations

import argparse
import sys

from tests.golden.golden import FILES, FOLDER, generated, path_of


def main(arguments: list[str] | None = None) -> int:
    """Exit code 1 if a golden file is not what the compiler writes."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__)
    parser.add_argument("names", nargs="*", help="programs such as flow/for_range (all unless given)")
    parser.add_argument("--update", action="store_true", help="write the files")
    parser.add_argument("--print", action="store_true", help="print the code")
    options = parser.parse_args(arguments)
    FOLDER.mkdir(exist_ok=True)
    different = 0
    for name in options.names or FILES:
        try:
            text = generated(name)
        except Exception as error:
            print(f"{name}: {type(error).__name__}: {str(error).splitlines()[:1]}")
            different += 1
            continue
        if options.print:
            sys.stdout.write(f"# {name}\n{text}\n")
        path = path_of(name)
        if path.exists() and path.read_text() == text:
            continue
        print(f"{'wrote' if options.update else 'differs'}: {path.name}")
        if options.update:
            path.write_text(text)
        else:
            different += 1
    return int(different > 0)


if __name__ == "__main__":
    sys.exit(main())
