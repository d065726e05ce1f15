"""Kill each process in the middle of trading: nothing acknowledged may be missing afterwards.

The judge is the client's own log of what it was told.
"""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.node.venue import Client, Venue, seawall, wait_for

pytestmark = pytest.mark.slow

ORDERS_BETWEEN = 30


class Trader:
    """Places small orders in a thread, one after the other, and logs what it was told of each."""

    def __init__(self, client: Client, prefix: str) -> None:
        self.client = client
        self.log: dict[str, tuple[int, dict[str, str]]] = {}
        self._prefix = prefix
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._trade, daemon=True)
        self._thread.start()

    def _trade(self) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            client_id = f"{self._prefix}{number}"
            self.log[client_id] = self.client.place(client_id, price="2", size="0.00001")

    def acknowledged(self) -> list[str]:
        """Client ids of the orders that were executed, as far as the client was told."""
        return [one for one, (_, row) in self.log.copy().items() if row.get("sCode") == "0"]

    def wait_for_orders(self) -> None:
        """Wait until some more orders were executed."""
        wanted = len(self.acknowledged()) + ORDERS_BETWEEN
        wait_for(lambda: len(self.acknowledged()) >= wanted, what="orders")

    def stop(self) -> None:
        """Place no more."""
        self._stop.set()
        self._thread.join()


def test_no_acknowledged_order_is_lost_when_any_process_is_killed(
    tmp_path: Path, free_port: int
) -> None:
    """The promise of the venue, seen from outside."""
    with Venue(tmp_path / "data", free_port) as venue:
        client = venue.client()
        client.wait_until_trading("warm")
        trader = Trader(client, "kill")
        for role in ("engine", "edge", "follower", "engine"):
            trader.wait_for_orders()
            venue.kill(role)
        trader.wait_for_orders()
        trader.stop()

        for client_id in trader.acknowledged():
            status, row = client.order(client_id)
            assert (status, row["state"]) == (200, "live"), (client_id, row)
            assert row["ordId"] == trader.log[client_id][1]["ordId"]
        statuses = {(status, row["code"]) for status, row in trader.log.values() if status}
        client.close()
        assert venue.stop() == 0

    # No answer claims a planned stop, and none says that something failed in an unknown way.
    assert statuses <= {(200, "0"), (200, "1"), (500, "50026"), (400, "50004"), (429, "50013")}
    done = seawall("verify", str(tmp_path / "data"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all of it is as claimed" in done.stdout
