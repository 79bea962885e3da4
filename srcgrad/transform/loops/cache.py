"""Machine code on disk, so that the next process does not compile again.

One folder for each lowered source, named by a hash of it and of everything else that machine code depends on. The source
is a file there, and Numba keeps its code beside it; it adds the processor's name itself, and replaces files in one step.
Loading machine code runs it, so the folder is the user's own and nobody else may write to it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import shutil
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from srcgrad.runtime import loops

#: Beyond this much, the folders that were not used for the longest time go.
MOST_BYTES = 256 * 2**20
MOST_ENTRIES = 1000


@dataclass(frozen=True)
class Info:
    """How much there is.

    Attributes
    ----------
    folder
        Where.
    entries, size
        Number of compiled gradients, and bytes.
    """

    folder: Path
    entries: int
    size: int


def folder() -> Path:
    """The folder: ``SRCGRAD_CACHE_DIR``, or what the platform has for such files."""
    chosen = os.environ.get("SRCGRAD_CACHE_DIR")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "srcgrad" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "srcgrad"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "srcgrad"


def place_for(source: str, flags: dict[str, Any]) -> Path | None:
    """The file for a lowered source, written if it is new; None where nothing can be kept.

    The file never changes once it is there, so processes may race for it.
    """
    try:
        root = folder()
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _private(root):
            return None
        home = root / _key(source, flags)
        path = home / "loops.py"
        if path.exists():
            os.utime(home)
            return path
        home.mkdir(mode=0o700, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=home)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(source)
        if path.exists():
            os.unlink(name)
        else:
            os.replace(name, path)
        _prune(root, home)
        return path
    except (OSError, RuntimeError):
        return None


def _key(source: str, flags: dict[str, Any]) -> str:
    import numba

    from srcgrad import __version__

    helpers = Path(loops.__file__).read_bytes()
    versions = (__version__, numba.__version__, np.__version__, sys.version, platform.machine())
    text = repr((source, versions, sorted(flags.items())))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass") + helpers).hexdigest()[:32]


def _private(root: Path) -> bool:
    """True if the folder belongs to the user, and nobody else may write to it."""
    found = root.stat()
    if not stat.S_ISDIR(found.st_mode):
        return False
    if not hasattr(os, "getuid"):
        return True
    return found.st_uid == os.getuid() and not found.st_mode & 0o022


def _entries(root: Path) -> list[tuple[float, int, Path]]:
    """Time of last use, size and folder of each entry."""
    found = []
    with contextlib.suppress(OSError):
        for home in root.iterdir():
            with contextlib.suppress(OSError):
                if len(home.name) == 32 and home.is_dir():
                    size = sum(file.stat().st_size for file in home.rglob("*") if file.is_file())
                    found.append((home.stat().st_mtime, size, home))
    return sorted(found)


def _prune(root: Path, keep: Path) -> None:
    found = _entries(root)
    size = sum(entry[1] for entry in found)
    count = len(found)
    for _, bytes_, home in found:
        if size <= MOST_BYTES and count <= MOST_ENTRIES:
            return
        if home != keep:
            shutil.rmtree(home, ignore_errors=True)
            size -= bytes_
            count -= 1


def info() -> Info:
    """What is in the folder."""
    found = _entries(folder())
    return Info(folder(), len(found), sum(size for _, size, _ in found))


def clear() -> Info:
    """Remove everything; says what there was."""
    before = info()
    for _, _, home in _entries(before.folder):
        shutil.rmtree(home, ignore_errors=True)
    return before
