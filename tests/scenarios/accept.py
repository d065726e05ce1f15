"""Write what the scenarios do now into their files. What changed is then reviewed as prose.

python -m tests.scenarios.accept [FILE ...]
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))  # so that `make accept` may run this file as it is

from tests.scenarios import script  # noqa: E402 - the path must be set before


def main() -> int:
    """Accept the named files, or all; 1 when the venue broke a law meanwhile."""
    paths = [Path(one).resolve() for one in sys.argv[1:]] or sorted(HERE.rglob("*.txt"))
    broken = 0
    for path in paths:
        lines = script.read(path)
        outcomes, stage = script.play(lines)
        text = script.written(lines, outcomes)
        if text != path.read_text():
            path.write_text(text)
            print(f"{path.relative_to(HERE)}: written")
        for complaint in [*stage.witness.complaints, *stage.engine.ledger_faults()]:
            broken += 1
            print(f"{path.relative_to(HERE)}: {complaint}", file=sys.stderr)
    print(f"{len(paths)} scenarios accepted")
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
