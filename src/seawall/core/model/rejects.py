"""Reasons to refuse a command: stable numbers grouped by room, in order of precedence, each with
its sentence.

A refusal is an event with one of these numbers, never an exception. Within one command the checks
run in the order in which the reasons stand here, so the smallest number that applies is the one a
trader sees.
"""

from typing import Final


class RejectReason:
    """Numbers of the reasons; 1xx the door, 2xx the order itself, 3xx the book, 4xx money, 5xx
    operations.
    """

    NONE: Final = 0
    # The door: may this command be looked at, now, from this account?
    UNDECODABLE: Final = 100
    UNKNOWN_COMMAND: Final = 101
    TOO_LATE: Final = 102
    VENUE_PAUSED: Final = 103
    UNKNOWN_ACCOUNT: Final = 104
    ACCOUNT_FROZEN: Final = 105
    UNKNOWN_INSTRUMENT: Final = 106
    INSTRUMENT_HALTED: Final = 107
    CANCEL_ONLY: Final = 108
    POST_ONLY_MODE: Final = 109
    REDUCE_ONLY_MODE: Final = 110
    PRICE_UNCERTAIN: Final = 111
    VENUE_FROZEN: Final = 112
    ACCOUNT_REDUCE_ONLY: Final = 113
    # The order itself: is it well formed?
    BAD_FLAGS: Final = 200
    DUPLICATE_CLIENT_ORDER_ID: Final = 201
    BAD_PRICE: Final = 202
    PRICE_TOO_HIGH: Final = 203
    BAD_QUANTITY: Final = 204
    QUANTITY_TOO_SMALL: Final = 205
    QUANTITY_TOO_LARGE: Final = 206
    BAD_EXPIRY: Final = 207
    EXPIRY_IN_THE_PAST: Final = 208
    TOO_MANY_OPEN_ORDERS: Final = 209
    BAD_MARGIN_MODE: Final = 210
    MARGIN_MODE_CONFLICT: Final = 211
    BAD_LEVERAGE: Final = 212
    BAD_TRIGGER: Final = 213
    TOO_MANY_ALGOS: Final = 214
    PRICE_LIMIT: Final = 215
    ORDER_TOO_LARGE: Final = 216
    POSITION_LIMIT: Final = 217
    OPEN_INTEREST_LIMIT: Final = 218
    DEGRADED_LEVERAGE: Final = 219
    LIKE_ORDER_OPEN: Final = 220
    # The book: can it be done now?
    ORDER_NOT_FOUND: Final = 300
    ORDER_DONE: Final = 301
    NOTHING_TO_AMEND: Final = 302
    NO_MARKET: Final = 303
    POST_ONLY_WOULD_TAKE: Final = 304
    ALGO_NOT_FOUND: Final = 305
    ALGO_DONE: Final = 306
    NOTHING_TO_REDUCE: Final = 307
    NO_POSITION: Final = 308
    # Money
    INSUFFICIENT_BALANCE: Final = 400
    AMOUNT_TOO_LARGE: Final = 401
    BAD_AMOUNT: Final = 402
    DUPLICATE_DEPOSIT: Final = 403
    INSUFFICIENT_MARGIN: Final = 404
    MARGIN_NOT_REMOVABLE: Final = 405
    NOT_WITH_REPAIR: Final = 406
    DUPLICATE_WITHDRAWAL: Final = 407
    # Operations
    UNKNOWN_ASSET: Final = 500
    ACCOUNT_EXISTS: Final = 501
    BAD_ACCOUNT: Final = 502
    BAD_TRADING_STATE: Final = 503
    BAD_TIMER: Final = 504
    BAD_SOURCE: Final = 505
    BAD_OBSERVATION: Final = 506
    BAD_LISTING: Final = 507
    BAD_RULES_VERSION: Final = 508
    BAD_CLOCK: Final = 509
    BAD_KEY: Final = 510
    BAD_MARK: Final = 511
    UNKNOWN_INDEX: Final = 512
    BAD_PARAMETER: Final = 513
    NOT_APPROVED: Final = 514
    BAD_FREEZE: Final = 515
    BAD_HEDGE: Final = 516
    UNKNOWN_CASE: Final = 517
    CASE_OPEN: Final = 518
    REPAIR_POSTED: Final = 519
    REPAIR_INCOMPLETE: Final = 520
    BAD_PART: Final = 521
    BAD_REPAIR: Final = 522
    REPAIR_HASH_DIFFERS: Final = 523
    REPAIR_OUT_OF_RANGE: Final = 524
    BAD_RULEBOOK: Final = 525
    REPAIR_OVERTAKEN: Final = 526


# number -> (name, sentence that a trader understands)
REJECT_TEXTS: Final = {
    100: ("undecodable", "The command's bytes could not be read; nothing was done."),
    101: ("unknown_command", "The venue does not know this kind of command."),
    102: ("too_late", "The command waited longer than it was valid for; nothing was done."),
    103: (
        "venue_paused",
        "The venue's clock is behind; it is coming back from a pause. Try again soon.",
    ),
    104: ("unknown_account", "There is no such account."),
    105: ("account_frozen", "The account is frozen; it may cancel orders only."),
    106: ("unknown_instrument", "There is no such instrument."),
    107: ("instrument_halted", "Trading of the instrument is halted; cancels are accepted."),
    108: ("cancel_only", "The instrument accepts only cancels at the moment."),
    109: (
        "post_only_mode",
        "The instrument accepts only post-only orders and cancels at the moment.",
    ),
    110: (
        "reduce_only_mode",
        "The instrument accepts only orders that reduce a position at the moment.",
    ),
    111: (
        "price_uncertain",
        "The outside price is uncertain; this would take on risk. Reducing and cancelling go on.",
    ),
    112: ("venue_frozen", "The venue is frozen after an incident; cancels are accepted."),
    113: (
        "account_reduce_only",
        "The account may cancel and reduce only, until its incident is settled.",
    ),
    200: (
        "bad_flags",
        "The order combines a type, a time in force or options that do not go together.",
    ),
    201: (
        "duplicate_client_order_id",
        "The client order id is in use or was used in the last ten minutes.",
    ),
    202: ("bad_price", "A limit order needs a positive price; a market order must have none."),
    203: ("price_too_high", "The price is above the highest price of the instrument."),
    204: ("bad_quantity", "The quantity must be positive, in lots or, for a market buy, in quote."),
    205: ("quantity_too_small", "The quantity is below the smallest order of the instrument."),
    206: ("quantity_too_large", "The quantity is above the largest order of the instrument."),
    207: ("bad_expiry", "Only a good-till-date order has an expiry, and it needs one."),
    208: ("expiry_in_the_past", "The expiry has passed already."),
    209: ("too_many_open_orders", "The account has as many open orders as are allowed."),
    210: (
        "bad_margin_mode",
        "Spot orders are paid in cash; orders in a swap are cross or isolated.",
    ),
    211: (
        "margin_mode_conflict",
        "The position or an open order of this instrument uses the other margin mode.",
    ),
    212: ("bad_leverage", "The leverage is out of range for this instrument or position."),
    213: ("bad_trigger", "The trigger's prices or options do not go together."),
    214: ("too_many_algos", "The account has as many waiting algo orders as are allowed."),
    215: ("price_limit", "The price is beyond the instrument's price limit at the moment."),
    216: ("order_too_large", "The order's value is above the largest order allowed."),
    217: ("position_limit", "The position would exceed the largest one allowed."),
    218: (
        "open_interest_limit",
        "The instrument's open interest is at its limit; only reducing orders pass.",
    ),
    219: (
        "degraded_leverage",
        "The outside price has few sources; new risk is limited to 20 times leverage.",
    ),
    220: ("like_order_open", "The account has an order like this one already."),
    300: ("order_not_found", "There is no such open order of this account."),
    301: ("order_done", "The order has ended already."),
    302: ("nothing_to_amend", "The amend names neither a new price nor a new quantity."),
    303: ("no_market", "There is nobody on the other side to trade with at the moment."),
    304: ("post_only_would_take", "The post-only order would have taken liquidity."),
    305: ("algo_not_found", "There is no such waiting algo order of this account."),
    306: ("algo_done", "The algo order has fired or ended already."),
    307: ("nothing_to_reduce", "There is no position on that side for the order to reduce."),
    308: ("no_position", "There is no isolated position in this instrument."),
    400: ("insufficient_balance", "The available balance does not cover the order."),
    401: ("amount_too_large", "The amount is above what the ledger can hold."),
    402: ("bad_amount", "The amount must be positive."),
    403: ("duplicate_deposit", "This deposit has been credited already."),
    404: ("insufficient_margin", "The available margin does not cover the order."),
    405: (
        "margin_not_removable",
        "That much margin cannot be taken out; unrealised profit never can.",
    ),
    406: (
        "not_with_repair",
        "A repair of the account is being decided; this must be covered with it and without it.",
    ),
    407: ("duplicate_withdrawal", "This withdrawal has been debited already."),
    500: ("unknown_asset", "There is no such asset."),
    501: ("account_exists", "The account exists already."),
    502: ("bad_account", "The account's id, owner or fee tier is out of range."),
    503: (
        "bad_trading_state",
        "There is no such trading state, or the instrument is in it already.",
    ),
    504: (
        "bad_timer",
        "The timer is not one of the configured timers, or its time is out of range.",
    ),
    505: ("bad_source", "The price source is not configured."),
    506: ("bad_observation", "The observation's numbers are out of range."),
    507: ("bad_listing", "The asset or instrument breaks a rule of listing."),
    508: ("bad_rules_version", "This release does not implement that version of the rules."),
    509: ("bad_clock", "The clock to accept is behind the venue's clock, or not approved twice."),
    510: ("bad_key", "The key's id or scopes are out of range."),
    511: ("bad_mark", "The mark names a seq that has not been applied."),
    512: ("unknown_index", "There is no such index."),
    513: ("bad_parameter", "There is no such parameter, or the value is outside its bounds."),
    514: ("not_approved", "The act needs two different operators."),
    515: ("bad_freeze", "It is frozen or released already."),
    516: ("bad_hedge", "The hedge's numbers are out of range, or it was recorded already."),
    517: ("unknown_case", "There is no such open case of repair."),
    518: ("case_open", "A case of repair is open; post it or close it first."),
    519: ("repair_posted", "The repair of this case has been posted; nothing was done again."),
    520: ("repair_incomplete", "Parts of the repair are missing."),
    521: ("bad_part", "The part does not fit the repair, or differs from one that arrived."),
    522: ("bad_repair", "The repair breaks a rule, such as sums of zero; none of it is kept."),
    523: ("repair_hash_differs", "The repair is not the one that was approved."),
    524: ("repair_out_of_range", "A balance or position would leave its range; nothing was done."),
    525: ("bad_rulebook", "The rulebook's version or bands are out of order."),
    526: (
        "repair_overtaken",
        "Another repair was posted behind the cut of this one; it must be found again.",
    ),
}


def reject_name(reason: int) -> str:
    """The phrase of a reason, e.g. `insufficient_balance`."""
    return REJECT_TEXTS[reason][0]


def reject_sentence(reason: int) -> str:
    """The sentence of a reason, for people."""
    return REJECT_TEXTS[reason][1]
