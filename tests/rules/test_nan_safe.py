"""`srcgrad.rule.nan_safe` changes rules for the whole process, so its tests run in one of their own."""

import subprocess
import sys
from pathlib import Path

ALONE = Path(__file__).with_name("nan_safe_alone.py")


def test_in_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(ALONE)]
    done = subprocess.run(command, cwd=ALONE.parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
