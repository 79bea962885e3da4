"""Record what PyTorch shows for every case: ``python -m tests.eager.record_torch`` (PyTorch installed)."""

from __future__ import annotations

import json
from pathlib import Path

from tests.eager import all_cases
from tests.eager.observe import observe

EXPECTED = Path(__file__).parent / "expected.json"


def main() -> None:
    import torch

    torch.set_num_threads(1)
    expected = {name: observe(torch, code) for name, code in all_cases().items()}
    lines = [
        f"{json.dumps(name)}: {json.dumps(seen, separators=(',', ':'))}" for name, seen in expected.items()
    ]
    EXPECTED.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{len(expected)} cases by torch {torch.__version__}")


if __name__ == "__main__":
    main()
