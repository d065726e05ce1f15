"""Public facts: the venue's time, its instruments, its status."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import get
from litestar.params import QueryParameter

from seawall.api import codes
from seawall.api.account_rows import family_of, inst_type_of, price_text, size_text
from seawall.api.codes import fault
from seawall.api.decimals import format_decimal
from seawall.api.envelope import ApiError, Envelope
from seawall.api.order_requests import wrong
from seawall.api.paging import InstFamily, InstId, InstType
from seawall.api.services import RouteServices, Services
from seawall.api.wire_market import InstrumentRow, StatusRow, Time
from seawall.core.engine.margin_view import LIMIT_ORDER_WHOLE_MAX, MARKET_ORDER_WHOLE_MAX
from seawall.core.model.enums import SystemMode, TradingState
from seawall.gateway import InstrumentView, VenueMaps

INST_TYPES: Final = ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION", "ANY")
STATES: Final = {
    TradingState.LIVE: "live",
    TradingState.POST_ONLY: "post_only",
    TradingState.REDUCE_ONLY: "live",  # v5 has no word for it; orders say `reduce_only_mode`
    TradingState.AUCTION: "preopen",
    TradingState.CANCEL_ONLY: "suspend",
    TradingState.HALTED: "suspend",
}
Underlying = Annotated[str | None, QueryParameter(name="uly")]
State = Annotated[str | None, QueryParameter(name="state")]


@get("/api/v5/public/time")
async def venue_time(services: RouteServices) -> Envelope[Time]:
    """The venue's time."""
    return Envelope(data=[Time(ts=str(services.now_us() // 1_000))])


@get("/api/v5/public/instruments")
async def instruments(
    services: RouteServices,
    inst_type: InstType = None,
    inst_id: InstId = None,
    inst_family: InstFamily = None,
    uly: Underlying = None,
) -> Envelope[InstrumentRow]:
    """Instruments with their trading rules: SPOT and SWAP; the other types are empty lists."""
    return Envelope(data=instrument_rows(services, inst_type, inst_id, inst_family or uly))


def instrument_rows(
    services: Services, inst_type: str | None, inst_id: str | None, family: str | None = None
) -> list[InstrumentRow]:
    """The rows of the instruments asked for; spot pairs belong to no family."""
    if not inst_type:
        raise ApiError(fault(codes.PARAMETER_EMPTY, "Parameter instType can not be empty."))
    checked_inst_type(inst_type)
    if inst_id:
        wanted = [known_instrument(inst_id, services.venue)]
    else:
        wanted = services.venue.instruments()
    return [
        instrument_row(one, services)
        for one in wanted
        if inst_type in (inst_type_of(one), "ANY")
        and (not family or not one.is_swap or family_of(one, services.venue) == family)
    ]


def checked_inst_type(inst_type: str | None) -> None:
    """Refuse an instrument type that v5 does not have."""
    if inst_type and inst_type not in INST_TYPES:
        raise ApiError(wrong("instType", ", ".join(INST_TYPES[:-1])))


def known_instrument(inst_id: str | None, venue: VenueMaps) -> InstrumentView:
    """The instrument of that name; refused when it is missing or unknown."""
    if not inst_id:
        raise ApiError(fault(codes.PARAMETER_EMPTY, "Parameter instId can not be empty."))
    instrument = venue.instrument_by_name(inst_id)
    if instrument is None:
        raise ApiError(fault(codes.NO_INSTRUMENT))
    return instrument


def instrument_row(instrument: InstrumentView, services: Services) -> InstrumentRow:
    """An instrument's trading rules. Market orders may have as many lots as limit orders."""
    venue = services.venue
    base = venue.asset(instrument.base_asset_id)
    quote = venue.asset(instrument.quote_asset_id)
    assert base is not None and quote is not None, "an instrument's assets are listed before it"
    size_max = size_text(instrument.quantity_max, instrument, venue)
    value_max = instrument.quantity_max * instrument.price_max * instrument.unit_value
    limit_max, market_max = value_max, value_max
    if instrument.index_id:  # what follows an outside price has a largest order
        limit_max = min(value_max, LIMIT_ORDER_WHOLE_MAX * 10**quote.scale)
        market_max = min(value_max, MARKET_ORDER_WHOLE_MAX * 10**quote.scale)
    is_swap = instrument.is_swap
    family = family_of(instrument, venue)
    return InstrumentRow(
        inst_id=instrument.name,
        inst_id_code=instrument.instrument_id,
        inst_type=inst_type_of(instrument),
        base_ccy="" if is_swap else base.name,
        quote_ccy="" if is_swap else quote.name,
        uly=family,
        inst_family=family,
        settle_ccy=quote.name if is_swap else "",
        ct_val=format_decimal(instrument.lot_size, base.scale) if is_swap else "",
        ct_mult="1" if is_swap else "",
        ct_val_ccy=base.name if is_swap else "",
        ct_type="linear" if is_swap else "",
        lever=str(venue.swap_terms(instrument.instrument_id).lever_max) if is_swap else "",
        list_time=str(services.created_ms),
        tick_sz=price_text(1, instrument),
        lot_sz=size_text(1, instrument, venue),
        min_sz=size_text(instrument.quantity_min, instrument, venue),
        state=STATES[instrument.trading_state],
        max_lmt_sz=size_max,
        max_mkt_sz=size_max,
        max_lmt_amt=format_decimal(limit_max, quote.scale),
        max_mkt_amt=format_decimal(market_max, quote.scale),
    )


@get("/api/v5/system/status")
async def system_status(services: RouteServices, wanted: State = None) -> Envelope[StatusRow]:
    """What disturbs trading now: nothing (an empty list) when healthy, else one row that says what
    and how long.
    """
    rows = status_rows(services)
    return Envelope(data=[row for row in rows if not wanted or row.state == wanted])


def status_rows(services: Services) -> list[StatusRow]:
    """From state only: a planned stop, an engine that does not answer, or a phase of recovery."""
    venue = services.venue
    now = str(services.now_us() // 1_000)
    if services.health.is_stopping():
        return [_ongoing(now, "Planned stop", begin=now, end="", is_planned=True)]
    if not services.health.is_engine_reachable():
        incident_id = services.health.incident_id()
        title = (
            f"Trading is interrupted. Incident {incident_id}"
            if incident_id
            else ("Trading is interrupted")
        )
        return [_ongoing(now, title, begin=now, end="", is_planned=False)]
    if venue.mode == SystemMode.NORMAL:
        return []
    phase = (
        "cancels only"
        if venue.mode == SystemMode.RECOVERY_CANCEL_ONLY
        else "post-only orders and cancels only"
    )
    begin = str(venue.last_outage_ms[0]) if venue.last_outage_ms else now
    end = str(venue.mode_until_ms) if venue.mode_until_ms else ""
    title = f"Trading resumes after an outage: {phase}"
    return [_ongoing(now, title, begin=begin, end=end, is_planned=False)]


def _ongoing(now: str, title: str, *, begin: str, end: str, is_planned: bool) -> StatusRow:
    return StatusRow(
        title=title,
        state="ongoing",
        begin=begin,
        end=end,
        ts=now,
        sche_desc="",
        maint_type="1" if is_planned else "2",
    )


PUBLIC_ROUTES: Final = (venue_time, instruments, system_status)
