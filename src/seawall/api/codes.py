"""The one table of v5 error codes: every reason to refuse, in the words and numbers that clients
act on.

`OF_REASON` gives each `RejectReason` of the core exactly one code. The other codes are the API's
own: they answer what never becomes a command. A code decides the HTTP status of a response only
when the response as a whole is the error; in the rows of the order endpoints it is the `sCode`,
under HTTP 200. The table in the documents is generated from here.
"""

from __future__ import annotations

from typing import Final

import msgspec

from seawall.core.model.rejects import REJECT_TEXTS, RejectReason


class ApiCode(msgspec.Struct, frozen=True, gc=False):
    """One v5 code: its number as the wire writes it, its HTTP status, and what it says."""

    code: str
    http_status: int
    message: str


class Fault(msgspec.Struct, frozen=True, gc=False):
    """Why a request or a row of one is refused: a code, and the sentence for this case."""

    api_code: ApiCode
    message: str

    @property
    def code(self) -> str:
        """The number as the wire writes it."""
        return self.api_code.code


def fault(api_code: ApiCode, message: str = "") -> Fault:
    """The refusal with the code's own sentence, or with one that names what was found."""
    return Fault(api_code=api_code, message=message or api_code.message)


EMPTY_BODY: Final = ApiCode("50000", 400, "The body must not be empty.")
PLANNED_STOP: Final = ApiCode(
    "50001", 503, "The venue is stopped for planned maintenance; nothing was accepted."
)
BAD_JSON: Final = ApiCode("50002", 400, "The body is not valid JSON of the expected shape.")
OUTCOME_UNKNOWN: Final = ApiCode(
    "50004",
    400,
    "No answer in time. This does not mean success or failure: ask GET /api/v5/trade/order for the "
    "client order id.",
)
BAD_CONTENT_TYPE: Final = ApiCode("50006", 415, "The content type must be application/json.")
ACCOUNT_BLOCKED: Final = ApiCode("50007", 200, "The account is frozen; it may only cancel orders.")
NO_SUCH_USER: Final = ApiCode("50008", 200, "There is no such account.")
TOO_FREQUENT: Final = ApiCode("50011", 429, "Requests come too frequently; slow down.")
BUSY: Final = ApiCode("50013", 429, "The venue is busy; the request was not accepted. Try again.")
PARAMETER_EMPTY: Final = ApiCode("50014", 400, "A required parameter is empty.")
TOO_LARGE: Final = ApiCode("50025", 413, "The body is larger than 64 KB.")
SYSTEM_ERROR: Final = ApiCode("50026", 500, "System error. Try again later.")
NO_PERMISSION: Final = ApiCode("50030", 403, "The API key has no permission for this endpoint.")
EXPIRY_PASSED: Final = ApiCode("50036", 200, "The expiry time (expTime) has passed already.")
ORDER_TOO_LATE: Final = ApiCode(
    "50037", 200, "The request waited longer than it was valid for; nothing was done."
)
TIMESTAMP_EXPIRED: Final = ApiCode("50102", 401, "Timestamp request expired")
NO_KEY: Final = ApiCode("50103", 401, "Request header OK-ACCESS-KEY can not be empty")
NO_PASSPHRASE: Final = ApiCode("50104", 401, "Request header OK-ACCESS-PASSPHRASE can not be empty")
BAD_PASSPHRASE: Final = ApiCode("50105", 401, "Request header OK-ACCESS-PASSPHRASE incorrect")
NO_SIGN: Final = ApiCode("50106", 401, "Request header OK-ACCESS-SIGN can not be empty")
NO_TIMESTAMP: Final = ApiCode("50107", 401, "Request header OK-ACCESS-TIMESTAMP can not be empty")
BAD_KEY: Final = ApiCode("50111", 401, "Invalid OK-ACCESS-KEY")
BAD_TIMESTAMP: Final = ApiCode("50112", 401, "Invalid OK-ACCESS-TIMESTAMP")
BAD_SIGN: Final = ApiCode("50113", 401, "Invalid Sign")
BAD_METHOD: Final = ApiCode("50115", 405, "The method is not allowed for this endpoint.")
NO_ENDPOINT: Final = ApiCode("50404", 404, "There is no such endpoint.")

BAD_PARAMETER: Final = ApiCode("51000", 200, "A parameter is wrong.")
NO_INSTRUMENT: Final = ApiCode("51001", 200, "There is no such instrument.")
NO_ORDER_NAMED: Final = ApiCode("51003", 200, "Either ordId or clOrdId is required.")
POSITION_TOO_LARGE: Final = ApiCode("51004", 200, "The position would exceed what is allowed.")
SIZE_TOO_LARGE: Final = ApiCode("51005", 200, "The quantity is above what is allowed.")
PRICE_OUT_OF_LIMIT: Final = ApiCode("51006", 200, "The price is not one the instrument allows.")
INSUFFICIENT_FUNDS: Final = ApiCode("51008", 200, "The available balance does not cover the order.")
MODE_NOT_SUPPORTED: Final = ApiCode(
    "51010", 200, "The account's mode does not support this; spot trades in cash mode."
)
NO_TOKEN: Final = ApiCode("51012", 200, "There is no such currency.")
DUPLICATE_CLIENT_ID: Final = ApiCode("51016", 200, "The client order id was used already.")
SIZE_TOO_SMALL: Final = ApiCode("51020", 200, "The quantity is below the smallest order.")
SUSPENDED: Final = ApiCode("51022", 200, "The instrument does not accept this at the moment.")
NO_POSITION: Final = ApiCode("51023", 200, "There is no such position.")
NO_OFFER: Final = ApiCode("51109", 200, "There is nobody on the other side at the moment.")
TOO_MANY_IN_BATCH: Final = ApiCode("51111", 200, "A batch holds at most 20 orders.")
SIZE_OFF_LOT: Final = ApiCode("51121", 200, "The quantity must be a multiple of the lot size.")
POST_ONLY_PHASE: Final = ApiCode("51124", 200, "Only post-only orders are accepted at the moment.")
TOO_MANY_OPEN: Final = ApiCode("51102", 200, "The account has as many open orders as are allowed.")
NOTHING_TO_REDUCE: Final = ApiCode("51169", 200, "There is no position to reduce on that side.")
PRICE_MISSING: Final = ApiCode("51204", 200, "The price of a limit order can not be empty.")
NO_REDUCE_ONLY: Final = ApiCode("51205", 200, "Reduce-only is not available for spot.")
BUY_PROFIT_TOO_HIGH: Final = ApiCode(
    "51277", 200, "The take-profit trigger of a buy must be below the present price."
)
BUY_STOP_TOO_LOW: Final = ApiCode(
    "51278", 200, "The stop-loss trigger of a buy must be above the present price."
)
SELL_PROFIT_TOO_LOW: Final = ApiCode(
    "51279", 200, "The take-profit trigger of a sell must be above the present price."
)
SELL_STOP_TOO_HIGH: Final = ApiCode(
    "51280", 200, "The stop-loss trigger of a sell must be below the present price."
)
NOT_FOUND_TO_CHANGE: Final = ApiCode("51400", 200, "There is no such open order.")
ALREADY_ENDED: Final = ApiCode("51401", 200, "The order has ended already.")
NOTHING_TO_AMEND: Final = ApiCode("51500", 200, "A new price or a new quantity is required.")
AMEND_WOULD_TAKE: Final = ApiCode("51511", 200, "The amended post-only order would take.")
NO_SUCH_ORDER: Final = ApiCode("51603", 200, "Order does not exist")
BAD_TRANSFER: Final = ApiCode("58114", 200, "The amount of a transfer must be positive.")
TRANSFER_TOO_LARGE: Final = ApiCode("58116", 200, "The amount of the transfer is too large.")
LEVER_OUT_OF_RANGE: Final = ApiCode("59102", 200, "The leverage is out of range.")
MARGIN_LIMIT: Final = ApiCode("59301", 200, "That much margin can not be moved.")

OF_REASON: Final[tuple[tuple[int, ApiCode], ...]] = (
    (RejectReason.UNDECODABLE, SYSTEM_ERROR),
    (RejectReason.UNKNOWN_COMMAND, SYSTEM_ERROR),
    (RejectReason.TOO_LATE, ORDER_TOO_LATE),
    # A definite answer, so never 50013 ("not accepted"); an unplanned pause, so never 50001.
    (RejectReason.VENUE_PAUSED, SYSTEM_ERROR),
    (RejectReason.UNKNOWN_ACCOUNT, NO_SUCH_USER),
    (RejectReason.ACCOUNT_FROZEN, ACCOUNT_BLOCKED),
    (RejectReason.UNKNOWN_INSTRUMENT, NO_INSTRUMENT),
    (RejectReason.INSTRUMENT_HALTED, SUSPENDED),
    (RejectReason.CANCEL_ONLY, SUSPENDED),
    (RejectReason.POST_ONLY_MODE, POST_ONLY_PHASE),
    (RejectReason.REDUCE_ONLY_MODE, SUSPENDED),
    (RejectReason.PRICE_UNCERTAIN, SUSPENDED),
    (RejectReason.VENUE_FROZEN, SUSPENDED),
    (RejectReason.ACCOUNT_REDUCE_ONLY, SUSPENDED),
    (RejectReason.BAD_FLAGS, BAD_PARAMETER),
    (RejectReason.DUPLICATE_CLIENT_ORDER_ID, DUPLICATE_CLIENT_ID),
    (RejectReason.BAD_PRICE, PRICE_MISSING),
    (RejectReason.PRICE_TOO_HIGH, PRICE_OUT_OF_LIMIT),
    (RejectReason.BAD_QUANTITY, SIZE_OFF_LOT),
    (RejectReason.QUANTITY_TOO_SMALL, SIZE_TOO_SMALL),
    (RejectReason.QUANTITY_TOO_LARGE, SIZE_TOO_LARGE),
    (RejectReason.BAD_EXPIRY, BAD_PARAMETER),
    (RejectReason.EXPIRY_IN_THE_PAST, EXPIRY_PASSED),
    (RejectReason.TOO_MANY_OPEN_ORDERS, TOO_MANY_OPEN),
    (RejectReason.BAD_MARGIN_MODE, MODE_NOT_SUPPORTED),
    (RejectReason.MARGIN_MODE_CONFLICT, MODE_NOT_SUPPORTED),
    (RejectReason.BAD_LEVERAGE, LEVER_OUT_OF_RANGE),
    (RejectReason.BAD_TRIGGER, BAD_PARAMETER),
    (RejectReason.TOO_MANY_ALGOS, TOO_MANY_OPEN),
    (RejectReason.PRICE_LIMIT, PRICE_OUT_OF_LIMIT),
    (RejectReason.ORDER_TOO_LARGE, SIZE_TOO_LARGE),
    (RejectReason.POSITION_LIMIT, POSITION_TOO_LARGE),
    (RejectReason.OPEN_INTEREST_LIMIT, POSITION_TOO_LARGE),
    (RejectReason.DEGRADED_LEVERAGE, LEVER_OUT_OF_RANGE),
    (RejectReason.LIKE_ORDER_OPEN, BAD_PARAMETER),
    (RejectReason.ORDER_NOT_FOUND, NOT_FOUND_TO_CHANGE),
    (RejectReason.ORDER_DONE, ALREADY_ENDED),
    (RejectReason.NOTHING_TO_AMEND, NOTHING_TO_AMEND),
    (RejectReason.NO_MARKET, NO_OFFER),
    (RejectReason.POST_ONLY_WOULD_TAKE, AMEND_WOULD_TAKE),
    (RejectReason.ALGO_NOT_FOUND, NOT_FOUND_TO_CHANGE),
    (RejectReason.ALGO_DONE, ALREADY_ENDED),
    (RejectReason.NOTHING_TO_REDUCE, NOTHING_TO_REDUCE),
    (RejectReason.NO_POSITION, NO_POSITION),
    (RejectReason.INSUFFICIENT_BALANCE, INSUFFICIENT_FUNDS),
    (RejectReason.AMOUNT_TOO_LARGE, TRANSFER_TOO_LARGE),
    (RejectReason.BAD_AMOUNT, BAD_TRANSFER),
    (RejectReason.INSUFFICIENT_MARGIN, INSUFFICIENT_FUNDS),
    (RejectReason.MARGIN_NOT_REMOVABLE, MARGIN_LIMIT),
    (RejectReason.NOT_WITH_REPAIR, INSUFFICIENT_FUNDS),
    # What follows answers operators; no endpoint of this API sends such commands.
    (RejectReason.DUPLICATE_DEPOSIT, BAD_PARAMETER),
    (RejectReason.DUPLICATE_WITHDRAWAL, BAD_PARAMETER),
    (RejectReason.UNKNOWN_ASSET, NO_TOKEN),
    (RejectReason.ACCOUNT_EXISTS, BAD_PARAMETER),
    (RejectReason.BAD_ACCOUNT, BAD_PARAMETER),
    (RejectReason.BAD_TRADING_STATE, BAD_PARAMETER),
    (RejectReason.BAD_TIMER, BAD_PARAMETER),
    (RejectReason.BAD_SOURCE, BAD_PARAMETER),
    (RejectReason.BAD_OBSERVATION, BAD_PARAMETER),
    (RejectReason.BAD_LISTING, BAD_PARAMETER),
    (RejectReason.BAD_RULES_VERSION, BAD_PARAMETER),
    (RejectReason.BAD_CLOCK, BAD_PARAMETER),
    (RejectReason.BAD_KEY, BAD_PARAMETER),
    (RejectReason.BAD_MARK, BAD_PARAMETER),
    (RejectReason.UNKNOWN_INDEX, BAD_PARAMETER),
    (RejectReason.BAD_PARAMETER, BAD_PARAMETER),
    (RejectReason.NOT_APPROVED, BAD_PARAMETER),
    (RejectReason.BAD_FREEZE, BAD_PARAMETER),
    (RejectReason.BAD_HEDGE, BAD_PARAMETER),
    (RejectReason.UNKNOWN_CASE, BAD_PARAMETER),
    (RejectReason.CASE_OPEN, BAD_PARAMETER),
    (RejectReason.REPAIR_POSTED, BAD_PARAMETER),
    (RejectReason.REPAIR_INCOMPLETE, BAD_PARAMETER),
    (RejectReason.BAD_PART, BAD_PARAMETER),
    (RejectReason.BAD_REPAIR, BAD_PARAMETER),
    (RejectReason.REPAIR_HASH_DIFFERS, BAD_PARAMETER),
    (RejectReason.REPAIR_OUT_OF_RANGE, BAD_PARAMETER),
    (RejectReason.BAD_RULEBOOK, BAD_PARAMETER),
    (RejectReason.REPAIR_OVERTAKEN, BAD_PARAMETER),
)

_BY_REASON: Final = dict(OF_REASON)


def code_of_reason(reason: int) -> ApiCode:
    """The one code of a reason; a reason that this release does not know is a system error."""
    return _BY_REASON.get(reason, SYSTEM_ERROR)


def fault_of_reason(reason: int) -> Fault:
    """The refusal as a trader reads it: the reason's code with the reason's own sentence."""
    text = REJECT_TEXTS.get(reason)
    return fault(code_of_reason(reason), text[1] if text else f"refused for reason {reason}")


def api_codes() -> list[ApiCode]:
    """All codes of the table, by number."""
    found = [value for value in globals().values() if isinstance(value, ApiCode)]
    return sorted(found, key=lambda one: one.code)
