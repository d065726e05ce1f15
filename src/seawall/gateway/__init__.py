"""The gateway: from a signed request to a command in the journal, and from its events to an answer.

It verifies signatures, counts requests, admits or sheds them, keeps what one account sends in
order, lets cancels overtake the orders of others, sends batches exactly once, and knows accounts
by event-fed maps, so that a private read sees its own writes and never waits for a database.

It must not know HTTP status codes or JSON (that is `api`), nor where keys are stored
(`identity`), nor how a batch becomes durable (`journal`). Refusals are values; nothing that a
user sends raises. Start reading in `gateway.py`, then `lanes.py` (order and exactly once) and
`account_maps.py`.
"""

from seawall.gateway.account_maps import AccountMaps
from seawall.gateway.gateway import Gateway
from seawall.gateway.margin_figures import (
    AccountFigures,
    PositionFigures,
    account_figures,
    exposure_of,
    margin_free,
    position_figures,
)
from seawall.gateway.outcome import Outcome, OutcomeNote, OutcomeStatus
from seawall.gateway.rate_limits import EndpointClass, RateLimits
from seawall.gateway.signatures import Caller, SignatureFault, SignedParts, verify_signature
from seawall.gateway.venue_maps import VenueMaps
from seawall.gateway.views import (
    AccountView,
    AlgoState,
    AlgoView,
    AssetView,
    BalanceView,
    FillView,
    FundingRoundView,
    IndexView,
    InstrumentView,
    MarkView,
    OrderState,
    OrderView,
    PendingView,
    PositionView,
    PriceLimitsView,
    RejectionView,
)

__all__ = [
    "AccountMaps",
    "EndpointClass",
    "Gateway",
    "RateLimits",
    "SignatureFault",
    "SignedParts",
    "VenueMaps",
    "verify_signature",
    "account_figures",
    "exposure_of",
    "margin_free",
    "position_figures",
    "AccountFigures",
    "AccountView",
    "AlgoState",
    "AlgoView",
    "AssetView",
    "BalanceView",
    "Caller",
    "FillView",
    "FundingRoundView",
    "IndexView",
    "InstrumentView",
    "MarkView",
    "OrderState",
    "OrderView",
    "Outcome",
    "OutcomeNote",
    "OutcomeStatus",
    "PendingView",
    "PositionFigures",
    "PositionView",
    "PriceLimitsView",
    "RejectionView",
]
