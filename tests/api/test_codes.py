"""The table of codes: complete, unambiguous, and what the documents say."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import ccxt
import pytest

from seawall.api import codes
from seawall.api.codes import OF_REASON, api_codes, code_of_reason, fault_of_reason
from seawall.api.codes_document import PATH, errors_document
from seawall.core.model.rejects import REJECT_TEXTS, RejectReason
from seawall.gateway import SignatureFault

ROOT = Path(__file__).resolve().parents[2]
REASONS = {
    number
    for name, number in vars(RejectReason).items()
    if name.isupper() and number != RejectReason.NONE
}


def test_every_reason_has_exactly_one_code() -> None:
    """A reason without a code would be answered by guessing, one with two by chance."""
    found = Counter(reason for reason, _ in OF_REASON)

    assert set(found) == REASONS
    assert [reason for reason, count in found.items() if count > 1] == []


def test_every_reason_is_told_in_its_own_words() -> None:
    """Two reasons may share a code; the sentence tells them apart."""
    for reason in REASONS:
        assert REJECT_TEXTS[reason][1] == fault_of_reason(reason).message


def test_a_number_means_one_thing() -> None:
    """A client acts on the number, so it must not stand for two things."""
    counted = Counter(one.code for one in api_codes())

    assert [code for code, count in counted.items() if count > 1] == []


def test_no_reason_of_the_engine_claims_that_nothing_was_accepted_or_that_a_stop_was_planned() -> (
    None
):
    """50013 and 50001 are said before anything was appended; a reject is said after."""
    said = {code.code for _, code in OF_REASON}

    assert said & {codes.BUSY.code, codes.PLANNED_STOP.code, codes.OUTCOME_UNKNOWN.code} == set()


def test_an_unknown_reason_is_a_system_error() -> None:
    """A newer engine may know reasons that this edge does not."""
    assert codes.SYSTEM_ERROR == code_of_reason(999)
    assert fault_of_reason(999).code == "50026"


def test_every_fault_of_a_signature_has_its_code_under_401() -> None:
    """hummingbot resyncs its clock on the text `"code":"50113"` in a 401."""
    statuses = {one.code: one.http_status for one in api_codes()}

    assert {one.name: 401 for one in SignatureFault} == {
        one.name: statuses.get(str(one.code)) for one in SignatureFault
    }


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (codes.PLANNED_STOP, ccxt.OnMaintenance),
        (codes.OUTCOME_UNKNOWN, ccxt.RequestTimeout),
        (codes.BUSY, ccxt.ExchangeNotAvailable),
        (codes.SYSTEM_ERROR, ccxt.ExchangeNotAvailable),
        (codes.TOO_FREQUENT, ccxt.RateLimitExceeded),
        (codes.BAD_SIGN, ccxt.AuthenticationError),
        (codes.TIMESTAMP_EXPIRED, ccxt.InvalidNonce),
        (codes.INSUFFICIENT_FUNDS, ccxt.InsufficientFunds),
        (codes.DUPLICATE_CLIENT_ID, ccxt.InvalidOrder),
        (codes.NO_INSTRUMENT, ccxt.BadSymbol),
        (codes.SUSPENDED, ccxt.ContractUnavailable),
        (codes.NOT_FOUND_TO_CHANGE, ccxt.OrderNotFound),
        (codes.ALREADY_ENDED, ccxt.OrderNotFound),
        (codes.NO_SUCH_ORDER, ccxt.OrderNotFound),
        (codes.PRICE_OUT_OF_LIMIT, ccxt.InvalidOrder),
        (codes.SIZE_OFF_LOT, ccxt.InvalidOrder),
        (codes.SIZE_TOO_SMALL, ccxt.InvalidOrder),
    ],
    ids=lambda value: getattr(value, "code", None),
)
def test_ccxt_takes_the_code_for_what_it_is(code: codes.ApiCode, expected: type) -> None:
    """Bots catch ccxt's classes: retry, reject or stop."""
    assert expected is ccxt.okx().exceptions["exact"][code.code]


def test_the_reference_is_what_the_table_says() -> None:
    """`make docs` writes it; nobody edits it by hand."""
    assert errors_document() == (ROOT / PATH).read_text(encoding="utf-8")
