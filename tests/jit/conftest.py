"""Tests of machine code keep theirs in a folder of their own."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    patch = pytest.MonkeyPatch()
    patch.setenv("SRCGRAD_CACHE_DIR", str(tmp_path_factory.mktemp("machine_code")))
