"""The contracts of the layers come into force as soon as a room appears.

The rooms here are planted in an empty tree; the contracts are those of this repository.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LINT = Path(sys.executable).parent / "lint-imports"

TIDY = {
    "errors": "",
    "core.model.ids": "",
    "core.matching.book": "from seawall.core.model import ids",
    "core.engine.door": "from seawall.core.matching import book",
    "journal.store": "from seawall.core.engine import door\nfrom seawall import errors",
    "gateway.lanes": "from seawall.journal import store\nfrom seawall.core.model import ids",
}
BREACHES = {
    "upwards": {"journal.store": "from seawall.gateway import lanes", "gateway.lanes": ""},
    "neighbours": {"feeds.ws": "from seawall.custody import chain", "custody.chain": ""},
    "neighbours at the top": {"api.rest": "from seawall.web import pages", "web.pages": ""},
    "through a third room": {
        "journal.store": "from seawall.replay import run",
        "replay.run": "from seawall.core.model import ids",
    },
    "upwards in the core": {
        "core.model.ids": "from seawall.core.ledger import book",
        "core.ledger.book": "",
    },
    "neighbours in the core": {
        "core.matching.book": "from seawall.core.pricing import mark",
        "core.pricing.mark": "",
    },
    "past the door of the core": {"gateway.lanes": "from seawall.core.matching import book"},
    "out of the core": {"core.model.ids": "from seawall import errors"},
    "errors is a leaf": {"errors": "from seawall.core.model import ids"},
    "a room without a place": {"wallets.keys": ""},
    "a core room without a place": {"core.options.greeks": ""},
}


def plant(root: Path, modules: dict[str, str]) -> None:
    """Write a package `seawall` of these modules, and our contracts beside it."""
    package = root / "seawall"
    for name, source in modules.items():
        path = package.joinpath(*name.split(".")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    for folder in {path.parent for path in package.rglob("*.py")} | {package, package / "core"}:
        (folder / "__init__.py").touch()
    shutil.copy(ROOT / "pyproject.toml", root)


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the planted package."""
    return subprocess.run(
        [str(LINT), "--no-cache", "--config", "pyproject.toml"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_tidy_rooms_pass(tmp_path: Path) -> None:
    """Rooms that do not exist yet break nothing, and each may import what is below."""
    plant(tmp_path, TIDY)

    done = lint(tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("breach", BREACHES)
def test_breach_is_found(tmp_path: Path, breach: str) -> None:
    """Each sentence of the contract has an import that it forbids."""
    plant(tmp_path, {**TIDY, **BREACHES[breach]})

    done = lint(tmp_path)

    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout or "missing layers" in done.stdout + done.stderr
