"""Money for people of a simulated venue: deposits that nobody made, credited and ready to trade.

A deposit is credited once, however often it is asked for: its id follows from the venue, the
person's name, the asset, and a number that whoever asks counts up to credit again. Credit and
transfer are two steps, so that what was credited before is not moved by a repetition.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import msgspec

from seawall.core.model.commands import CreditDeposit, TransferFunds
from seawall.core.model.instruments import Asset
from seawall.core.model.limits import AMOUNT_MAX
from seawall.core.model.rejects import RejectReason, reject_sentence
from seawall.errors import BadConfiguration, OperatorFault
from seawall.identity import Person
from seawall.journal.directory import DataDirectory
from seawall.node.numbers import Mistake, scaled
from seawall.node.people import open_account, publish_for_reasons

TRANSFER_ATTEMPTS: Final = 5  # of a transfer that a busy venue finds too late


class Deposit(msgspec.Struct, frozen=True, kw_only=True):
    """An amount of an asset, exactly: `units` are the asset's smallest."""

    asset: str
    asset_id: int
    amount: str  # as it was written
    units: int


class Credited(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a deposit; `is_new` is False when it was credited before."""

    asset: str
    amount: str
    is_new: bool


def read_deposits(texts: Sequence[str], data: DataDirectory) -> list[Deposit]:
    """Deposits written as ASSET=AMOUNT. Raises BadConfiguration for what is not one, OperatorFault
    when the venue's money is real.
    """
    if texts and not data.genesis.is_simulated:
        raise OperatorFault(
            expected="a simulated venue, where money may be made up",
            found="a venue whose genesis does not say is_simulated",
            to_do="leave --deposit away: real money comes in through custody",
        )
    assets = {asset.name.decode("ascii"): asset for asset in data.genesis.assets}
    deposits: dict[str, Deposit] = {}
    for text in texts:
        name, _, amount = text.partition("=")
        if name not in assets:
            raise BadConfiguration(
                expected=f"--deposit ASSET=AMOUNT with an asset of {', '.join(sorted(assets))}",
                found=repr(text),
                to_do="name one of them, for example --deposit USDT=100000",
            )
        if name in deposits:
            raise BadConfiguration(
                expected="one deposit of each asset",
                found=f"two of {name}",
                to_do="write their sum, or run the command again with another --deposit-number",
            )
        deposits[name] = Deposit(
            asset=name,
            asset_id=assets[name].asset_id,
            amount=amount,
            units=_units(amount, assets[name], text),
        )
    return list(deposits.values())


def _units(amount: str, asset: Asset, text: str) -> int:
    try:
        units = scaled(amount, digits=asset.scale, key="amount")
    except Mistake:
        units = 0
    if not 0 < units <= AMOUNT_MAX:
        raise BadConfiguration(
            expected=f"an amount above 0, at most {asset.scale} digits after the point, and not "
            "beyond what the ledger holds",
            found=repr(text),
            to_do="correct the amount, for example --deposit USDT=100000",
        )
    return units


def deposit_id(data: DataDirectory, *, name: str, asset: str, number: int) -> bytes:
    """The id under which the ledger credits a deposit once."""
    words = (data.genesis_hash.hex(), name, asset, str(number))  # none has a zero byte in it
    return sha256("\0".join(("seawall deposit", *words)).encode()).digest()


def credit(
    data: DataDirectory, person: Person, deposits: Sequence[Deposit], *, number: int
) -> list[Credited]:
    """Credit deposits through the running engine and move what is new to trading; opens the account
    when it is not open yet.

    Raises what `publish_for_reasons` raises, and OperatorFault when the venue refuses.
    """
    commands = [
        CreditDeposit(
            account_id=person.account_id,
            asset_id=one.asset_id,
            amount=one.units,
            deposit_id=deposit_id(data, name=person.name, asset=one.asset, number=number),
        )
        for one in deposits
    ]
    opened, *reasons = publish_for_reasons(data, [open_account(person), *commands])
    if opened not in (RejectReason.NONE, RejectReason.ACCOUNT_EXISTS):
        raise _refused(f"account {person.account_id}", opened)
    ends = list(zip(deposits, reasons, strict=True))
    _move_to_trading(data, person, [one for one, reason in ends if reason == RejectReason.NONE])
    for one, reason in ends:
        if reason not in (RejectReason.NONE, RejectReason.DUPLICATE_DEPOSIT):
            raise _refused(f"a deposit of {one.amount} {one.asset}", reason)
    return [
        Credited(asset=one.asset, amount=one.amount, is_new=reason == RejectReason.NONE)
        for one, reason in ends
    ]


def _move_to_trading(data: DataDirectory, person: Person, deposits: list[Deposit]) -> None:
    """Move what was credited; a venue that is too busy is asked again."""
    for attempt in range(TRANSFER_ATTEMPTS):
        if not deposits:
            return
        reasons = publish_for_reasons(
            data,
            [
                TransferFunds(
                    account_id=person.account_id,
                    asset_id=one.asset_id,
                    amount=one.units,
                    to_trading=True,
                )
                for one in deposits
            ],
        )
        is_last = attempt == TRANSFER_ATTEMPTS - 1
        left = []
        for one, reason in zip(deposits, reasons, strict=True):
            if reason == RejectReason.TOO_LATE and not is_last:
                left.append(one)
            elif reason != RejectReason.NONE:
                raise OperatorFault(
                    expected=f"{one.amount} {one.asset} to move from funding to trading",
                    found=reject_sentence(reason),
                    to_do="move it with POST /api/v5/asset/transfer; it was credited",
                )
        deposits = left


def _refused(what: str, reason: int) -> OperatorFault:
    return OperatorFault(
        expected=f"the venue to accept {what}",
        found=reject_sentence(reason),
        to_do="correct the command",
    )
