"""Bugs of our own in a running venue: planted in a handler, on both sides of its first effect.

The planted module stands on the path of every process of the venue, as a bug in the sources would.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.node.venue import Client, Venue, seawall, wait_for

pytestmark = pytest.mark.slow

SOURCES: Final = Path(__file__).resolve().parent.parent.parent / "src"
PLANT: Final = '''
from seawall.core.engine import dispatch

sound_place_order = dispatch.place_order


def place_order(state, command):
    """Place an order; client ids with a certain beginning meet a bug."""
    assert not command.client_id.startswith(b"bugbefore"), "planted before the effect"
    sound_place_order(state, command)
    assert not command.client_id.startswith(b"bugafter"), "planted after the effect"


dispatch.place_order = place_order
'''


@pytest.fixture
def planted(tmp_path: Path) -> dict[str, str]:
    """The environment of a venue with the bug; skips where no bug can be planted."""
    folder = tmp_path / "planted"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(PLANT)
    environment = {"PYTHONPATH": f"{SOURCES}{os.pathsep}{folder}"}
    probe = (
        "import seawall; from seawall.core.engine import dispatch; "
        "print(seawall.core_mode(), dispatch.place_order.__module__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )
    mode, module = done.stdout.split()
    if mode != "interpreted":
        pytest.skip("needs interpreted sources in src to plant a bug in; these are compiled")
    if module != "sitecustomize":
        pytest.skip(f"needs a Python that imports our sitecustomize first: {done.stderr}")
    return environment


def order(client_id: str, *, instrument: str = "BTC-USDT") -> dict[str, str]:
    """A small order."""
    return {
        "instId": instrument,
        "tdMode": "cash",
        "side": "buy",
        "ordType": "limit",
        "px": "2",
        "sz": "0.01",
        "clOrdId": client_id,
    }


def place(client: Client, client_id: str, *, instrument: str = "BTC-USDT") -> tuple[int, str, str]:
    """Place one; (HTTP status, code that decides, message of the whole)."""
    status, body = client.post("/api/v5/trade/order", order(client_id, instrument=instrument))
    row = (body.get("data") or [{}])[0]
    return status, row.get("sCode", body.get("code", "")), body.get("msg", "")


def test_bug_after_the_effect_stops_the_engine_until_it_is_repaired(
    tmp_path: Path, free_port: int, planted: dict[str, str]
) -> None:
    """Twice at the same seq, then no more; clients hear the truth, and nothing is lost."""
    directory = tmp_path / "data"
    with Venue(directory, free_port, environment=planted) as venue:
        demo = venue.client()
        demo.wait_until_trading("warm")
        kept = [f"kept{number}" for number in range(5)]
        assert {place(demo, one)[1] for one in kept} == {"0"}

        batch = ["first", "bugafter", "last"]  # the bug is not where a record begins
        status, body = demo.post("/api/v5/trade/batch-orders", [order(one) for one in batch])
        assert (status, body["code"]) == (400, "50004")  # they are durable, and nobody knows more
        wait_for(lambda: "the engine stays down" in venue.log, what="an engine that stays down")
        stopped = re.findall(r"the engine stopped itself at=\W*seq (\d+)", venue.log)
        assert len(stopped) == 2 and stopped[0] == stopped[1], venue.log
        assert f"it failed again at seq {stopped[0]};" in venue.log
        assert venue.log.count("the engine ended; starting it again exit='code 70'") == 1

        status, code, message = place(demo, "late")
        assert (status, code) == (500, "50026")
        incident = re.search(r"Incident (I-\w+)\.", message)
        assert incident is not None and incident[1] in venue.log
        assert demo.get("/api/v5/account/balance")[0] == 200
        assert demo.order(kept[0])[1]["state"] == "live"
        demo.close()
        assert venue.process.poll() is None
        assert venue.stop() == 0

    assert (directory / "engine-fault").read_text().startswith(f"{stopped[0]}\n")
    with Venue(directory, free_port, environment={"PYTHONPATH": str(SOURCES)}) as venue:
        assert not (directory / "engine-fault").exists()
        demo = venue.client()
        demo.wait_until_trading("again")
        assert {demo.order(one)[1]["state"] for one in kept} == {"live"}
        assert {demo.order(one)[1]["state"] for one in batch} == {"live"}
        assert demo.order("late")[1]["code"] != "0"
        demo.close()
        assert venue.stop() == 0
    checked = seawall("verify", str(directory))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_bug_before_the_effect_freezes_its_instrument_only(
    tmp_path: Path, free_port: int, planted: dict[str, str]
) -> None:
    """The venue goes on with the others, and whoever has orders there can take them back."""
    with Venue(tmp_path / "data", free_port, environment=planted) as venue:
        demo = venue.client()
        demo.wait_until_trading("warm")
        assert place(demo, "mine")[:2] == (200, "0")
        pids = venue.pids()

        assert place(demo, "bugbefore")[:2] == (200, "50026")
        assert demo.order("bugbefore")[1]["code"] != "0"

        status, code, _ = place(demo, "next")
        assert (status, code) == (200, "51022")
        assert place(demo, "other", instrument="ETH-USDT")[:2] == (200, "0")
        _, body = demo.post("/api/v5/trade/cancel-order", {"instId": "BTC-USDT", "clOrdId": "mine"})
        assert body["data"][0]["sCode"] == "0", body
        assert demo.order("mine")[1]["state"] == "canceled"
        _, body = demo.get("/api/v5/public/instruments?instType=SPOT&instId=BTC-USDT")
        assert body["data"][0]["state"] != "live"
        wait_for(lambda: "a bug of ours was contained" in venue.log, what="the operators' line")
        assert venue.pids() == pids
        demo.close()
        assert venue.stop() == 0
