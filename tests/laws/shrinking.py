"""Make a failing stream small: drop steps while it still fails, then tell it as commands that can
be read.

Order ids derive from seq, so a dropped step is first replaced by an entry without effect; at the
end the ids are renumbered, and the shorter stream is kept if it fails as well.
"""

from __future__ import annotations

from collections.abc import Callable

from seawall.core.model.command_codec import decode_command, encode_command
from seawall.core.model.commands import AmendOrder, CancelOrder, ChainMark
from seawall.core.model.ids import order_id_of, seq_of_order_id, shard_of_order_id
from tests.laws.worlds import Step

NOTHING = encode_command(ChainMark(marked_seq=0, blocks=0, chain=b"", events_hash=b""))


def smallest(steps: list[Step], fails: Callable[[list[Step]], bool]) -> list[Step]:
    """A stream that still fails, with (nearly) nothing left out that could be."""
    assert fails(steps)
    while len(steps) > 1 and fails(steps[:-1]):
        steps = steps[:-1]
    size = max(len(steps) // 2, 1)
    while True:
        was_smaller = False
        for start in range(0, len(steps), size):
            part = steps[start : start + size]
            empty = [Step(one.stamp_ns, NOTHING) for one in part]
            if part != empty:
                tried = [*steps[:start], *empty, *steps[start + size :]]
                if fails(tried):
                    steps, was_smaller = tried, True
        if size == 1 and not was_smaller:
            break
        size = max(size // 2, 1)
    shorter = without_nothing(steps)
    return shorter if fails(shorter) else steps


def without_nothing(steps: list[Step]) -> list[Step]:
    """The stream without its empty entries; amends and cancels name the new ids."""
    seqs: dict[int, int] = {}
    kept = []
    for old_seq, step in enumerate(steps, start=1):
        if step.data != NOTHING:
            kept.append(step)
            seqs[old_seq] = len(kept)
    return [Step(one.stamp_ns, renumbered(one.data, seqs)) for one in kept]


def renumbered(data: bytes, seqs: dict[int, int]) -> bytes:
    """An amend or cancel with the order id that its order has in the shorter stream."""
    command = decode_command(data, 0, len(data))
    if not isinstance(command, AmendOrder | CancelOrder) or command.order_id <= 0:
        return data
    seq = seqs.get(seq_of_order_id(command.order_id))
    if seq is None:
        return data
    shard = shard_of_order_id(command.order_id)
    command.order_id = order_id_of(shard=shard, seq=seq, counter=0)
    return encode_command(command)


def told(steps: list[Step]) -> str:
    """The stream for people: stamp in ms and the command."""
    lines = []
    for number, step in enumerate(steps, start=1):
        command = decode_command(step.data, 0, len(step.data))
        lines.append(f"{number}. {step.stamp_ns} ns: {shown(command) or step.data.hex()}")
    return "\n".join(lines)


def shown(command: object) -> str:
    """A command with its fields, also when its class is native and has no repr of its own."""
    if command is None:
        return ""
    names = [one for one in dir(command) if not one.startswith("_")]
    fields = [(name, getattr(command, name)) for name in names]
    text = ", ".join(f"{name}={value!r}" for name, value in fields if not callable(value))
    return f"{type(command).__name__}({text})"
