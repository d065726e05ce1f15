"""Commands: everything that can be wished of the venue, in the imperative.

Prices are ticks, quantities lots, amounts units of an asset, durations `_ms`. A client order id is
up to 32 ASCII letters and digits, padded to 32 bytes with zeros (`codec.padded`); an empty one
(`b""`) means none. The three commands of the hot path are plain native classes; the others, rare,
are dataclasses. `command_codec.py` turns them into bytes and back.
"""

from dataclasses import dataclass
from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.algo_commands import CancelAlgo as CancelAlgo  # noqa: PLC0414 - offered
from seawall.core.model.algo_commands import PlaceAlgo as PlaceAlgo  # noqa: PLC0414 - here too
from seawall.core.model.enums import (
    InstrumentKind,
    MarginMode,
    RiskTier,
    SelfTradePrevention,
    TimeInForce,
)
from seawall.core.model.limits import VALID_FOR_MS_DEFAULT
from seawall.core.model.repair_commands import (
    AcceptRulebook as AcceptRulebook,  # noqa: PLC0414 - offered here
)
from seawall.core.model.repair_commands import (
    ActivateRulebook as ActivateRulebook,  # noqa: PLC0414 - offered here
)
from seawall.core.model.repair_commands import (
    CloseRepair as CloseRepair,  # noqa: PLC0414 - offered here
)
from seawall.core.model.repair_commands import (
    DebitWithdrawal as DebitWithdrawal,  # noqa: PLC0414 - offered here
)
from seawall.core.model.repair_commands import (
    OpenRepair as OpenRepair,  # noqa: PLC0414 - offered here
)
from seawall.core.model.repair_commands import (
    PostRepair as PostRepair,  # noqa: PLC0414 - offered here
)
from seawall.core.model.repair_commands import (
    RepairPart as RepairPart,  # noqa: PLC0414 - offered here
)

ALL_INSTRUMENTS: Final = 2**16 - 1  # in MassCancel
BOTH_SIDES: Final = 2  # in MassCancel


class CommandType:
    """Numbers of the commands in the journal; never reused."""

    PLACE_ORDER: Final = 1
    AMEND_ORDER: Final = 2
    CANCEL_ORDER: Final = 3
    MASS_CANCEL: Final = 4
    PLACE_ALGO: Final = 5
    CANCEL_ALGO: Final = 6
    SET_LEVERAGE: Final = 7
    ADJUST_MARGIN: Final = 8
    TIMER_BEAT: Final = 10
    CHAIN_MARK: Final = 11
    ACCEPT_CLOCK: Final = 12
    ACTIVATE_RULES: Final = 13
    OBSERVE_PRICES: Final = 20
    RECORD_HEDGE: Final = 21
    OPEN_ACCOUNT: Final = 30
    SET_ACCOUNT_STATE: Final = 31
    CREDIT_DEPOSIT: Final = 32
    TRANSFER_FUNDS: Final = 33
    REGISTER_KEY: Final = 34
    REVOKE_KEY: Final = 35
    LIST_ASSET: Final = 40
    LIST_INSTRUMENT: Final = 41
    SET_TRADING_STATE: Final = 42
    SET_FREEZE: Final = 43
    OVERRIDE_INDEX: Final = 44
    SET_SOURCE: Final = 45
    SET_PARAMETER: Final = 46
    OPEN_REPAIR: Final = 50
    REPAIR_PART: Final = 51
    POST_REPAIR: Final = 52
    CLOSE_REPAIR: Final = 53
    ACTIVATE_RULEBOOK: Final = 54
    ACCEPT_RULEBOOK: Final = 55
    DEBIT_WITHDRAWAL: Final = 56


@final
@mypyc_attr(acyclic=True, free_list_len=1)
class PlaceOrder:
    """Place an order. A market buy may be sized in quote (`quote_amount` > 0, `quantity` 0) instead
    of in lots.
    """

    def __init__(
        self,
        *,
        account_id: i64,
        instrument_id: i64,
        side: i64,
        order_type: i64,
        limit_price: i64,
        quantity: i64,
        time_in_force: i64 = TimeInForce.GTC,
        self_trade_prevention: i64 = SelfTradePrevention.CANCEL_MAKER,
        quote_amount: i64 = 0,
        expire_ms: i64 = 0,
        valid_for_ms: i64 = VALID_FOR_MS_DEFAULT,
        client_id: bytes = b"",
        tag: bytes = b"",
        margin_mode: i64 = MarginMode.CASH,
        reduce_only: bool = False,
        reprice: bool = False,
    ) -> None:
        self.account_id: i64 = account_id
        self.instrument_id: i64 = instrument_id
        self.side: i64 = side
        self.order_type: i64 = order_type
        self.limit_price: i64 = limit_price  # ticks; 0 for a market order
        self.quantity: i64 = quantity  # lots; 0 when sized in quote
        self.time_in_force: i64 = time_in_force
        self.self_trade_prevention: i64 = self_trade_prevention
        self.quote_amount: i64 = quote_amount  # quote units; 0 when sized in lots
        self.expire_ms: i64 = expire_ms  # venue clock; 0 unless GTD
        self.valid_for_ms: i64 = valid_for_ms  # refused `too_late` when it waited longer
        self.client_id: bytes = client_id
        self.tag: bytes = tag
        self.margin_mode: i64 = margin_mode  # CASH for spot, CROSS or ISOLATED for a swap
        self.reduce_only: bool = reduce_only  # may only shrink the position
        self.reprice: bool = reprice  # moved to the price limit instead of refused for it


@final
@mypyc_attr(acyclic=True, free_list_len=1)
class AmendOrder:
    """Change a resting order. 0 keeps the price or the quantity; `new_quantity` counts what is
    filled already.
    """

    def __init__(
        self,
        *,
        account_id: i64,
        instrument_id: i64,
        order_id: i64 = 0,
        client_id: bytes = b"",
        new_price: i64 = 0,
        new_quantity: i64 = 0,
        cancel_on_fail: bool = False,
        valid_for_ms: i64 = VALID_FOR_MS_DEFAULT,
    ) -> None:
        self.account_id: i64 = account_id
        self.instrument_id: i64 = instrument_id
        self.order_id: i64 = order_id  # 0: named by client_id
        self.client_id: bytes = client_id
        self.new_price: i64 = new_price
        self.new_quantity: i64 = new_quantity
        self.cancel_on_fail: bool = cancel_on_fail
        self.valid_for_ms: i64 = valid_for_ms


@final
@mypyc_attr(acyclic=True, free_list_len=1)
class CancelOrder:
    """Cancel one order, named by its id or, when that is 0, by its client order id."""

    def __init__(
        self, *, account_id: i64, instrument_id: i64, order_id: i64 = 0, client_id: bytes = b""
    ) -> None:
        self.account_id: i64 = account_id
        self.instrument_id: i64 = instrument_id
        self.order_id: i64 = order_id
        self.client_id: bytes = client_id


@final
@dataclass
class MassCancel:
    """Cancel all orders of an account: of one instrument or ALL_INSTRUMENTS, of one side or
    BOTH_SIDES.
    """

    account_id: i64
    instrument_id: i64 = ALL_INSTRUMENTS
    side: i64 = BOTH_SIDES


@final
@dataclass
class SetLeverage:
    """Choose the leverage of an account in a swap; margin of position and orders follows it."""

    account_id: i64
    instrument_id: i64
    margin_mode: i64
    lever: i64  # whole times


@final
@dataclass
class AdjustMargin:
    """Add margin to an isolated position (amount > 0), or take some out (< 0). Settlement units."""

    account_id: i64
    instrument_id: i64
    amount: i64  # units of the settlement asset


@final
@dataclass
class TimerBeat:
    """What a timer's wall clock says; the venue's clock is the median of the newest beats."""

    timer_id: i64
    wall_ms: i64


@final
@dataclass
class ChainMark:
    """The chain and the events hash as the writer computed them; without effect, checked by every
    reader.
    """

    marked_seq: i64
    blocks: i64  # complete blocks of 1,024 seqs that events_hash covers
    chain: bytes  # 32
    events_hash: bytes  # 32


@final
@dataclass
class AcceptClock:
    """Take over a step of the wall clock; needs two different approving operators."""

    wall_ms: i64
    first_operator_id: i64
    second_operator_id: i64


@final
@dataclass
class ActivateRules:
    """From the next entry on the rules of `version` hold; `release` names the software that wrote
    this.
    """

    version: i64
    release: bytes


@final
@dataclass
class ObservePrices:
    """What one outside source said of one index's market since its last observation. Prices are e8
    quote per base.
    """

    source_id: i64
    index_id: i64
    bid_e8: i64
    ask_e8: i64
    last_e8: i64
    low_e8: i64  # lowest and highest price since the previous observation
    high_e8: i64
    trade_id: i64
    venue_ms: i64
    receive_ms: i64
    updates: i64  # distinct updates since the previous observation
    is_deep: bool  # enough visible depth on both sides
    is_synthetic: bool
    stream_hash: bytes  # 32: running hash of the raw stream, which the collector archives


@final
@dataclass
class RecordHedge:
    """A provider of mirrored liquidity hedged outside: an external fact, kept with the account.

    `quantity` is signed lots bought outside; idempotent by `hedge_id`.
    """

    account_id: i64
    instrument_id: i64
    quantity: i64
    price_e8: i64  # at which it was bought
    hedge_id: bytes  # 32


@final
@dataclass
class OpenAccount:
    """Open a trading account. Accounts of one owner never trade with each other."""

    account_id: i64
    owner_id: i64
    fee_tier: i64


@final
@dataclass
class SetAccountState:
    """Freeze an account (it may cancel only), let it cancel and reduce only, or release it."""

    account_id: i64
    is_frozen: bool
    is_reduce_only: bool = False  # until it is released


@final
@dataclass
class CreditDeposit:
    """Credit a confirmed deposit to the funding account; idempotent by `deposit_id`."""

    account_id: i64
    asset_id: i64
    amount: i64
    deposit_id: bytes  # 32: digest of chain, transaction and output


@final
@dataclass
class TransferFunds:
    """Move an amount between an account's funding and trading side."""

    account_id: i64
    asset_id: i64
    amount: i64
    to_trading: bool


@final
@dataclass
class RegisterKey:
    """An API key exists; the secret stays in `identity`. This is how gateways and the audit trail
    learn of it.
    """

    account_id: i64
    key_id: bytes  # up to 64 bytes
    scopes: i64  # 1 read, 2 trade


@final
@dataclass
class RevokeKey:
    """An API key must not be accepted any longer."""

    account_id: i64
    key_id: bytes


@final
@dataclass
class ListAsset:
    """Add an asset."""

    asset_id: i64
    name: bytes
    scale: i64


@final
@dataclass
class ListInstrument:
    """Add an instrument; refused unless its notionals are exact and inside 64 bits."""

    instrument_id: i64
    name: bytes
    base_asset_id: i64
    quote_asset_id: i64
    tick_size_e8: i64
    lot_size: i64
    quantity_min: i64
    quantity_max: i64
    price_max: i64
    market_cap_e8: i64
    kind: i64 = InstrumentKind.SPOT
    index_id: i64 = 0  # 0: none
    risk_tier: i64 = RiskTier.NONE


@final
@dataclass
class SetTradingState:
    """An operator changes what an instrument accepts."""

    instrument_id: i64
    trading_state: i64


@final
@dataclass
class SetFreeze:
    """Freeze or release: one index's mark-driven actions, or (index 0) the whole venue, which then
    accepts cancels only and acts on no price.
    """

    index_id: i64  # 0: the whole venue
    is_frozen: bool  # or released
    operator_id: i64
    second_operator_id: i64 = 0  # a release needs two people


@final
@dataclass
class OverrideIndex:
    """Two operators set an index whose own rules cannot decide."""

    index_id: i64
    value_e8: i64  # what it shall be
    first_operator_id: i64
    second_operator_id: i64


@final
@dataclass
class SetSource:
    """An operator takes a source out of an index, or lets it back in."""

    index_id: i64
    source_id: i64
    is_quarantined: bool  # taken out, or let back in
    operator_id: i64  # who does it


@final
@dataclass
class SetParameter:
    """Two operators change one guard parameter of an instrument; refused outside its bounds, unless
    the genesis is marked unsafe.
    """

    instrument_id: i64
    name: bytes  # of the guard parameter
    value: i64  # in its own unit
    first_operator_id: i64
    second_operator_id: i64


Command = (
    PlaceOrder
    | AmendOrder
    | CancelOrder
    | MassCancel
    | PlaceAlgo
    | CancelAlgo
    | SetLeverage
    | AdjustMargin
    | TimerBeat
    | ChainMark
    | AcceptClock
    | ActivateRules
    | ObservePrices
    | RecordHedge
    | OpenAccount
    | SetAccountState
    | CreditDeposit
    | TransferFunds
    | RegisterKey
    | RevokeKey
    | ListAsset
    | ListInstrument
    | SetTradingState
    | SetFreeze
    | OverrideIndex
    | SetSource
    | SetParameter
    | OpenRepair
    | RepairPart
    | PostRepair
    | CloseRepair
    | ActivateRulebook
    | AcceptRulebook
    | DebitWithdrawal
)
