"""What is said when the venue is disturbed: never a guess, and never the wrong promise."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from seawall.core.model.commands import SetTradingState
from seawall.core.model.enums import TradingState
from seawall.gateway import Outcome, OutcomeNote, OutcomeStatus
from seawall.gateway.rate_limits import EndpointClass
from seawall.journal.frames import Refused
from tests.api.venue import ALICE, BTC_USDT, NOON_MS, Venue, genesis

pytestmark = pytest.mark.slow

ORDER = {"instId": "BTC-USDT", "side": "buy", "ordType": "limit", "px": "60000", "sz": "0.01"}
ORDERS = "/api/v5/trade/order"
BATCH = "/api/v5/trade/batch-orders"


class FixedDoor:
    """A gateway whose outcomes the test states; everything else is the real one's."""

    def __init__(self, venue: Venue, outcomes: list[Outcome]) -> None:
        self._real = venue.gateway
        self._outcomes = outcomes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def place(self, orders: list[Any]) -> list[Outcome]:
        """As stated."""
        return self._outcomes[: len(orders)]


def on_venue(test: Callable[[Venue], Awaitable[Any]], **options: Any) -> Any:
    """Run a test on a fresh venue."""

    async def body() -> Any:
        return await test(await Venue(**options).start())

    return asyncio.run(body())


def check_whole(answer: httpx.Response, status: int, code: str) -> None:
    """The answer fails as a whole, in the envelope, compactly."""
    assert (status, code) == (answer.status_code, answer.json()["code"])
    assert answer.text.startswith(f'{{"code":"{code}","msg":"')
    assert answer.json()["data"] == []


@pytest.mark.parametrize(
    ("status", "note", "http_status", "code"),
    [
        (OutcomeStatus.NOT_ACCEPTED, OutcomeNote.OVERLOADED, 429, "50013"),
        (OutcomeStatus.NOT_ACCEPTED, OutcomeNote.ENGINE_UNREACHABLE, 500, "50026"),
        (OutcomeStatus.NOT_ACCEPTED, OutcomeNote.PLANNED_STOP, 503, "50001"),
        (OutcomeStatus.UNKNOWN, OutcomeNote.NO_ANSWER, 400, "50004"),
    ],
)
def test_a_request_that_was_not_decided_says_what_may_be_done(
    status: OutcomeStatus, note: OutcomeNote, http_status: int, code: str
) -> None:
    """50013, 50026 and 50001 promise that nothing was accepted; 50004 promises nothing."""

    async def test(venue: Venue) -> None:
        venue.health.incident = "INC-7"
        venue.replace_gateway(FixedDoor(venue, [Outcome(status=status, note=note)]))
        answer = await venue.post(ORDERS, ORDER)

        check_whole(answer, http_status, code)
        assert ("INC-7" in answer.json()["msg"]) == (code != "50004")
        assert ("retry-after" in answer.headers) == (code != "50004")

    on_venue(test)


def test_a_mixed_batch_tells_each_row_its_own_end() -> None:
    """One executed, one unknown, one shed: code 2, and the unknown one is not called a failure."""
    outcomes = [
        Outcome(status=OutcomeStatus.EXECUTED, order_id=4096),
        Outcome(status=OutcomeStatus.UNKNOWN, note=OutcomeNote.NO_ANSWER),
        Outcome(status=OutcomeStatus.NOT_ACCEPTED, note=OutcomeNote.OVERLOADED),
        Outcome(status=OutcomeStatus.NOT_ACCEPTED, note=OutcomeNote.EXPIRED_IN_QUEUE),
        Outcome(status=OutcomeStatus.REJECTED, note=OutcomeNote.INTERNAL_FAULT),
    ]

    async def test(venue: Venue) -> None:
        venue.replace_gateway(FixedDoor(venue, outcomes))
        answer = await venue.post(BATCH, [ORDER] * 5)

        assert (answer.status_code, answer.json()["code"]) == (200, "2")
        codes = [row["sCode"] for row in answer.json()["data"]]
        assert codes == ["0", "50004", "50013", "50037", "50026"]
        assert int(answer.json()["inTime"]) <= int(answer.json()["outTime"])

    on_venue(test)


def test_an_unknown_row_among_shed_ones_makes_the_whole_unknown() -> None:
    """The weakest promise wins: nobody may conclude that nothing happened."""
    outcomes = [
        Outcome(status=OutcomeStatus.NOT_ACCEPTED, note=OutcomeNote.OVERLOADED),
        Outcome(status=OutcomeStatus.UNKNOWN, note=OutcomeNote.NO_ANSWER),
    ]

    async def test(venue: Venue) -> None:
        venue.replace_gateway(FixedDoor(venue, outcomes))

        check_whole(await venue.post(BATCH, [ORDER] * 2), 400, "50004")

    on_venue(test)


def test_an_engine_that_is_away_is_an_unplanned_fault_and_a_stopping_one_is_planned() -> None:
    """The code comes from state, so a false "upgrade" is impossible."""

    async def test(venue: Venue) -> None:
        venue.gateway.on_lost()
        check_whole(await venue.post(ORDERS, ORDER), 500, "50026")
        venue.gateway.on_regained()
        assert (await venue.place())["sCode"] == "0"

        venue.link.refuses = Refused(
            publisher_id=0, incarnation=0, batch_number=0, is_planned=True, text="stopping"
        )
        check_whole(await venue.post(ORDERS, ORDER), 503, "50001")

    on_venue(test)


def test_the_outcome_of_an_unanswered_request_is_told_later() -> None:
    """50004 while nobody knows; then, when the events come, the order itself."""
    target = f"{ORDERS}?instId=BTC-USDT&clOrdId=lost1"

    async def test(venue: Venue) -> None:
        venue.link.is_silent = True
        sent = asyncio.create_task(venue.post(ORDERS, ORDER | {"clOrdId": "lost1"}))
        await venue.link.sent.wait()
        check_whole(await venue.get(target, "alice"), 400, "50004")
        venue.now_ms += 6_000
        venue.gateway.sweep()
        check_whole(await sent, 400, "50004")
        check_whole(await venue.get(target, "alice"), 400, "50004")

    on_venue(test)


def test_a_refused_request_answers_later_as_it_did_at_once() -> None:
    """For 24 hours: a client that lost the answer learns the same."""

    async def test(venue: Venue) -> None:
        refused = await venue.place("carol", clOrdId="poor1")
        again = await venue.get(f"{ORDERS}?instId=BTC-USDT&clOrdId=poor1", "carol")

        assert refused["sCode"] == "51008"
        assert again.json()["code"] == "1"
        assert again.json()["data"][0]["sCode"] == "51008"
        assert again.json()["data"][0]["sMsg"] == refused["sMsg"]

        never = await venue.get(f"{ORDERS}?instId=BTC-USDT&clOrdId=never", "carol")
        assert never.json()["code"] == "51603"

    on_venue(test)


def test_a_read_that_cannot_be_fresh_says_how_old_it_is() -> None:
    """An old balance shown as the present one makes a bot act on it."""

    class StaleDoor(FixedDoor):
        async def fresh(self) -> bool:
            """Never."""
            return False

    async def test(venue: Venue) -> None:
        venue.health.age_ms = 1_234
        venue.replace_gateway(StaleDoor(venue, []))
        for target in ("/api/v5/account/balance", "/api/v5/trade/orders-pending"):
            answer = await venue.get(target, "alice")
            check_whole(answer, 429, "50013")
            assert "1234 ms" in answer.json()["msg"]

    on_venue(test)


def test_recovery_after_an_outage_is_seen_in_status_and_codes() -> None:
    """Nobody could trade, so first only cancels are taken; each phase says so."""

    async def test(venue: Venue) -> None:
        order = await venue.place()
        venue.beat(ahead_ms=5_000)
        status = (await venue.get("/api/v5/system/status")).json()["data"]

        assert status[0]["state"] == "ongoing"
        assert "cancels only" in status[0]["title"]
        assert (await venue.place())["sCode"] == "51022"
        cancel = {"instId": "BTC-USDT", "ordId": order["ordId"]}
        gone = await venue.post("/api/v5/trade/cancel-order", cancel)
        assert gone.json()["code"] == "0"
        venue.beat(ahead_ms=1_500)
        venue.beat(ahead_ms=1_000)
        assert (await venue.get("/api/v5/system/status")).json()["data"] == []
        assert (await venue.place())["sCode"] == "0"

    on_venue(test)


def test_a_clock_that_stands_still_pauses_the_venue() -> None:
    """An unplanned pause: neither "maintenance" nor "not accepted", because the engine answered."""

    async def test(venue: Venue) -> None:
        venue.now_ms += 2_500

        assert (await venue.place())["sCode"] == "50026"

    on_venue(test)


def test_a_halted_instrument_refuses_orders_and_shows_it() -> None:
    """`state` suspend, and 51022 for who did not look."""

    async def test(venue: Venue) -> None:
        halt = SetTradingState(instrument_id=BTC_USDT, trading_state=TradingState.HALTED)
        venue.link.command(halt, NOON_MS)

        assert (await venue.place())["sCode"] == "51022"
        rows = (await venue.get("/api/v5/public/instruments?instType=SPOT")).json()["data"]
        assert {row["instId"]: row["state"] for row in rows} == {
            "BTC-USDT": "suspend",
            "ETH-USDT": "live",
        }

    on_venue(test)


def test_who_asks_too_often_is_told_to_slow_down_and_may_still_cancel() -> None:
    """Orders and cancels have buckets of their own, by account."""

    async def test(venue: Venue) -> None:
        order = await venue.place()
        now_ns = venue.now_ms * 1_000_000
        limits = venue.gateway.limits
        tokens = EndpointClass.ORDERS.tokens
        assert limits.take(ALICE, EndpointClass.ORDERS, now_ns=now_ns, count=tokens - 1) == 0

        answer = await venue.post(ORDERS, ORDER)
        check_whole(answer, 429, "50011")
        assert answer.headers["retry-after"] == "1"
        assert (await venue.place("bob"))["sCode"] == "0"
        cancel = {"instId": "BTC-USDT", "ordId": order["ordId"]}
        gone = await venue.post("/api/v5/trade/cancel-order", cancel)
        assert gone.json()["code"] == "0"

    on_venue(test)


@pytest.mark.parametrize(("is_simulated", "is_unsafe"), [(True, False), (False, True)])
def test_every_answer_says_whether_the_venue_is_simulated_or_unsafe(
    is_simulated: bool, is_unsafe: bool
) -> None:
    """Synthetic prices must never be taken for real ones."""
    the_genesis = genesis(is_simulated=is_simulated, is_unsafe=is_unsafe)

    async def test(venue: Venue) -> None:
        for answer in (
            await venue.get("/"),
            await venue.get("/api/v5/market/tickers?instType=SPOT"),
            await venue.get("/nowhere"),
            await venue.post(ORDERS, ORDER),
        ):
            assert ("x-seawall-simulated" in answer.headers) == is_simulated
            assert ("x-seawall-unsafe" in answer.headers) == is_unsafe

    on_venue(test, the_genesis=the_genesis)


def test_a_bug_of_ours_is_a_system_error_that_tells_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The log has the trace; the client has the incident."""

    class BrokenDoor(FixedDoor):
        async def place(self, orders: list[Any]) -> list[Outcome]:
            """Fail like a bug."""
            raise ZeroDivisionError("secret detail")

        async def fresh(self) -> bool:
            """Fail like a bug."""
            raise ZeroDivisionError("secret detail")

    async def test(venue: Venue) -> None:
        venue.health.incident = "INC-9"
        venue.replace_gateway(BrokenDoor(venue, []))
        for answer in (
            await venue.post(ORDERS, ORDER),
            await venue.get("/api/v5/account/balance", "alice"),
        ):
            check_whole(answer, 500, "50026")
            assert "secret detail" not in answer.text
            assert answer.headers["x-seawall-incident"] == "INC-9"

    on_venue(test)
    assert "secret detail" in capsys.readouterr().out
