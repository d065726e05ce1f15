"""Pricing: what an instrument is worth, and how far anybody may trade from it.

The guarded index, the mark price, funding, price limits and the execution band. Pure state and
arithmetic, driven by the tick: prices are e8 of the quote or ticks, shares and rates e8, times the
venue clock in ms. This room must not know orders, accounts or positions; it is told best prices and
asked for bounds. Start with `guarded_index.py` for what the outside price is, `capability.py` for
what it is good for, `mark.py` for what margin is measured at, `price_limits.py` for what orders may
ask, and `parameters.py` and `guard_parameters.py` for every number.
"""

from seawall.core.pricing.capability import (
    ACTION_NAMES,
    ALLOWANCE_NAMES,
    CAPABILITIES,
    DEGRADED_LEVER_MAX,
    Action,
    Allowance,
    allows,
)
from seawall.core.pricing.constituents import build_sources
from seawall.core.pricing.funding import (
    FUNDING_STATE_BYTES,
    FundingParameters,
    FundingRound,
    FundingState,
    are_sound_funding_parameters,
    funding_cap_e8,
    funding_estimate_e8,
    funding_rate_e8,
    impact_mid_e8,
    premium_sample_e8,
    read_funding_state,
    write_funding_state,
)
from seawall.core.pricing.guard_parameters import (
    GUARD_PARAMETER_NAMES,
    GUARD_PARAMETERS_BYTES,
    GuardParameters,
    are_sound_guard_parameters,
    default_guard_parameters,
    guard_parameter,
    read_guard_parameters,
    with_guard_parameter,
    write_guard_parameters,
)
from seawall.core.pricing.guarded_index import GuardedIndex, IndexEvent
from seawall.core.pricing.index_state import read_index_state, write_index_state
from seawall.core.pricing.leave_out import (
    leave_one_domain_out_shifts,
    leave_one_domain_out_values,
)
from seawall.core.pricing.mark import (
    MARK_PRICE_BYTES,
    MarkPrice,
    read_mark_price,
    write_mark_price,
)
from seawall.core.pricing.own_average import (
    OWN_AVERAGE_BYTES,
    SPOT_AVERAGE_SECONDS,
    SWAP_AVERAGE_SECONDS,
    OwnAverage,
    read_own_average,
    write_own_average,
)
from seawall.core.pricing.parameters import (
    IndexParameters,
    index_parameters,
    index_parameters_fault,
)
from seawall.core.pricing.price_limits import (
    BAND_STOPS_BYTES,
    PREMIUM_MEAN_BYTES,
    YOUNG_MS,
    BandStops,
    PremiumMean,
    PriceBounds,
    execution_band,
    price_limits,
    read_band_stops,
    read_premium_mean,
    write_band_stops,
    write_premium_mean,
)
from seawall.core.pricing.sources import Source
from seawall.core.pricing.states import (
    GRADE_NAMES,
    INVALID_REASON_NAMES,
    PRICE_MAX_E8,
    QUARANTINE_NAMES,
    Grade,
    InvalidReason,
    Quarantine,
)

__all__ = [
    "ACTION_NAMES",
    "ALLOWANCE_NAMES",
    "BAND_STOPS_BYTES",
    "CAPABILITIES",
    "DEGRADED_LEVER_MAX",
    "FUNDING_STATE_BYTES",
    "GRADE_NAMES",
    "GUARD_PARAMETERS_BYTES",
    "GUARD_PARAMETER_NAMES",
    "INVALID_REASON_NAMES",
    "MARK_PRICE_BYTES",
    "OWN_AVERAGE_BYTES",
    "PREMIUM_MEAN_BYTES",
    "PRICE_MAX_E8",
    "QUARANTINE_NAMES",
    "SPOT_AVERAGE_SECONDS",
    "SWAP_AVERAGE_SECONDS",
    "YOUNG_MS",
    "Action",
    "Allowance",
    "BandStops",
    "FundingParameters",
    "FundingRound",
    "FundingState",
    "Grade",
    "GuardParameters",
    "GuardedIndex",
    "IndexEvent",
    "IndexParameters",
    "InvalidReason",
    "MarkPrice",
    "OwnAverage",
    "PremiumMean",
    "PriceBounds",
    "Quarantine",
    "Source",
    "allows",
    "are_sound_funding_parameters",
    "are_sound_guard_parameters",
    "build_sources",
    "default_guard_parameters",
    "execution_band",
    "funding_cap_e8",
    "funding_estimate_e8",
    "funding_rate_e8",
    "guard_parameter",
    "impact_mid_e8",
    "index_parameters",
    "index_parameters_fault",
    "leave_one_domain_out_shifts",
    "leave_one_domain_out_values",
    "premium_sample_e8",
    "price_limits",
    "read_band_stops",
    "read_funding_state",
    "read_guard_parameters",
    "read_index_state",
    "read_mark_price",
    "read_own_average",
    "read_premium_mean",
    "with_guard_parameter",
    "write_band_stops",
    "write_funding_state",
    "write_guard_parameters",
    "write_index_state",
    "write_mark_price",
    "write_own_average",
    "write_premium_mean",
]
