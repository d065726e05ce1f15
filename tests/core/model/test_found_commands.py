"""Commands of some kinds are found in a batch without decoding the others."""

from __future__ import annotations

from seawall.core.model.batch import KINDS_MAX, encode_batch, find_commands
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import CancelOrder, CommandType, MassCancel, TimerBeat

CANCEL = encode_command(CancelOrder(account_id=1, instrument_id=0, order_id=7))
MASS = encode_command(MassCancel(account_id=1))
BEAT = encode_command(TimerBeat(timer_id=0, wall_ms=5))
UNKNOWN = b"\xff" + bytes(7)


def batch(*commands: bytes) -> bytes:
    """One of a publisher."""
    return encode_batch(
        shard=0,
        publisher_id=2,
        incarnation=1,
        batch_number=1,
        stamps_ns=[0] * len(commands),
        commands=list(commands),
    )


def test_commands_are_found_by_kind_wherever_the_batch_begins() -> None:
    """Place, offset and length lead to the very bytes."""
    data = b"before.." + batch(CANCEL, BEAT, b"", MASS, UNKNOWN, BEAT)
    kinds = 1 << CommandType.TIMER_BEAT | 1 << CommandType.MASS_CANCEL
    found = find_commands(data, 8, kinds)

    assert [index for index, _, _ in found] == [1, 3, 5]
    assert [data[at : at + length] for _, at, length in found] == [BEAT, MASS, BEAT]
    assert find_commands(data, 8, 0) == []


def test_every_known_kind_has_a_bit() -> None:
    """A kind beyond the word of bits would never be found."""
    numbers = [one for name, one in vars(CommandType).items() if name.isupper()]

    assert max(numbers) < KINDS_MAX
