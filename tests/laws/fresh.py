"""Apply a recorded stream in a fresh process and print what came out.

    python -m tests.laws.fresh GENESIS BATCHES

Both are files of bytes. The line printed is `mode events-hash state-hash seq`; `run_fresh` starts
this module with a chosen hash seed, on the installed package or on the sources.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Outcome:
    """What a run came to; two runs of the same bytes must agree in all but the mode."""

    mode: str
    events_hash: str
    state_hash: str
    seq: str

    def result(self) -> tuple[str, str, str]:
        """All but the mode."""
        return self.events_hash, self.state_hash, self.seq


def run_fresh(
    genesis: bytes, batches: bytes, *, folder: Path, hash_seed: str, on_sources: bool
) -> Outcome:
    """The outcome of the stream in a process of its own."""
    (folder / "genesis").write_bytes(genesis)
    (folder / "batches").write_bytes(batches)
    done = subprocess.run(
        [sys.executable, "-m", "tests.laws.fresh", folder / "genesis", folder / "batches"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": "src" if on_sources else ""},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return Outcome(*done.stdout.split())


def installed_mode() -> str:
    """How the installed package's core runs, "" when none is installed."""
    done = subprocess.run(
        [sys.executable, "-c", "import seawall; print(seawall.core_mode())"],
        cwd=ROOT / "tests",
        env={**os.environ, "PYTHONPATH": ""},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    return done.stdout.strip()


def main() -> None:
    """Apply, hash, print."""
    import seawall
    from seawall.core.engine import open_engine
    from seawall.core.model.genesis_codec import decode_genesis

    genesis, fault = decode_genesis(Path(sys.argv[1]).read_bytes())
    assert genesis is not None, fault
    engine = open_engine(genesis)
    events = engine.apply_many(Path(sys.argv[2]).read_bytes())
    print(
        seawall.core_mode(), sha256(events).hexdigest(), engine.state_hash().hex(), int(engine.seq)
    )


if __name__ == "__main__":
    main()
