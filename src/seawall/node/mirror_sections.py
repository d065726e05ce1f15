"""`[[mirrors]]` of a venue file: accounts whose orders follow what one source says."""

from __future__ import annotations

import msgspec

from seawall.core.model.genesis import Mirror
from seawall.core.model.instruments import Instrument
from seawall.node.instrument_sections import lots
from seawall.node.numbers import Mistake, rate_e8
from seawall.node.price_sections import SourceSection


class MirrorSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of `[[mirrors]]`: an account whose orders follow what one source says.

    `spread` is the distance from the source's prices; `quantity` that of an order on each side.
    """

    account: str
    instrument: str
    source: str
    spread: str
    quantity: str


def mirrors_of(
    sections: list[MirrorSection],
    *,
    accounts: dict[int, str],
    instruments: list[Instrument],
    sources: list[SourceSection],
    scales: list[int],
) -> list[Mirror]:
    """The mirrors. accounts: names by id. scales: decimal digits of the assets, by id."""
    account_ids = {name: account_id for account_id, name in accounts.items()}
    by_name = {one.name.decode(): one for one in instruments}
    source_ids = {section.name: number for number, section in enumerate(sources)}
    mirrors = []
    for number, section in enumerate(sections):
        key = f"mirrors[{number}]"
        for kind, wanted, is_known in (
            ("account", section.account, section.account in account_ids),
            ("instrument", section.instrument, section.instrument in by_name),
            ("source", section.source, section.source in source_ids),
        ):
            if not is_known:
                raise Mistake(f"{key}.{kind}: there is no {kind} {wanted!r} in this file")
        instrument = by_name[section.instrument]
        mirrors.append(
            Mirror(
                account_id=account_ids[section.account],
                instrument_id=instrument.instrument_id,
                source_id=source_ids[section.source],
                spread_e8=rate_e8(section.spread, key=f"{key}.spread"),
                quantity=lots(
                    section.quantity,
                    instrument,
                    base_scale=scales[instrument.base_asset_id],
                    key=f"{key}.quantity",
                ),
            )
        )
    return mirrors
