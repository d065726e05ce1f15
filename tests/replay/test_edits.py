"""Edits: which seqs they mean, and each way in which they can be refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from seawall.core.model.batch import encode_batch
from seawall.core.model.command_codec import decode_command, encode_command
from seawall.core.model.commands import (
    CancelOrder,
    ChainMark,
    MassCancel,
    SetFreeze,
    SetParameter,
    TransferFunds,
)
from seawall.core.model.limits import ENTRY_BYTES_MAX
from seawall.errors import BadConfiguration
from seawall.replay.edits import (
    Annul,
    Drop,
    Edit,
    Freezes,
    Grounds,
    Insert,
    Observations,
    Reconfigure,
    Replace,
    Seqs,
    decode_edits,
    edits_hash,
    encode_edits,
    read_edits,
    write_edits,
)
from seawall.replay.resolution import (
    Settled,
    draft_fault,
    edited_commands,
    edits_fault,
    resolve,
    resolved,
)
from tests.core.engine.swap_venue import BTC_SWAP, BUY, SELL, USDT
from tests.replay.told import (
    BTC_INDEX,
    EVIDENCE,
    FAULTY,
    LANE,
    OLGA,
    OPERATOR,
    OTTO,
    ToldVenue,
    grounds,
    swap_order,
)

ALICE, BOB = 1, 2
ORDER = encode_command(swap_order(ALICE, BUY, 1, 60_000))


class Scene:
    """A venue that was told a little of everything; names for the seqs."""

    def __init__(self, directory: Path) -> None:
        venue = ToldVenue(directory)
        venue.tick(3)
        self.bid = venue.order(ALICE, BUY, 2, 59_990)
        self.ask = venue.order(BOB, SELL, 2, 60_010)
        self.bad = venue.tick(2, faulty=30_000)
        self.mail = venue.tell(
            LANE,
            TransferFunds(account_id=ALICE, asset_id=USDT, amount=5, to_trading=False),
            CancelOrder(account_id=ALICE, instrument_id=BTC_SWAP, order_id=7),
            MassCancel(account_id=BOB),
        )
        self.set = venue.tell(OPERATOR, parameter(2_000_000))
        self.freeze = venue.tell(OPERATOR, SetFreeze(index_id=0, is_frozen=True, operator_id=OLGA))
        self.last = venue.tick(1) + 14
        venue.close()
        assert venue.replica.seq == self.last
        self.venue = venue
        self.directory = directory


def parameter(value: int, *, first: int = OLGA, second: int = OTTO) -> SetParameter:
    """A band of the swap."""
    return SetParameter(
        instrument_id=BTC_SWAP,
        name=b"band_e8",
        value=value,
        first_operator_id=first,
        second_operator_id=second,
    )


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """A stopped venue."""
    return Scene(tmp_path_factory.mktemp("edits") / "venue")


def test_dropped_observations_are_those_of_the_sources_in_the_range(scene: Scene) -> None:
    """Other sources, the other index and other moments stay heard."""
    first, last = scene.bad, scene.bad + 25
    drop = Drop(
        from_seq=first,
        to_seq=last,
        selects=Observations(index_id=BTC_INDEX, source_ids=FAULTY),
        grounds=grounds(),
    )
    commands = edited_commands(scene.directory, [drop])
    expected = [
        seq
        for seq in range(first, last + 1)
        if (told := decode_command(scene.venue.commands[seq], 0, len(scene.venue.commands[seq])))
        and getattr(told, "source_id", 0) in FAULTY
        and getattr(told, "index_id", 0) == BTC_INDEX
    ]

    assert commands == {seq: [] for seq in expected}
    assert len(expected) == 4  # two sources, two seconds


def test_a_dropped_freeze_and_exact_seqs_are_holes(scene: Scene) -> None:
    """The freeze of the venue, not that of an index."""
    drops = [
        Drop(from_seq=1, to_seq=scene.last, selects=Freezes(), grounds=grounds()),
        Drop(from_seq=1, to_seq=scene.last, selects=Seqs(seqs=(scene.bid, 2)), grounds=grounds()),
    ]

    assert edited_commands(scene.directory, drops) == {2: [], scene.bid: [], scene.freeze: []}


def test_a_replaced_command_and_inserted_ones_share_a_seq_in_order(scene: Scene) -> None:
    """Replace says what is heard first; what is inserted follows as it is listed."""
    other = encode_command(swap_order(BOB, SELL, 1, 60_000))
    edits: list[Edit] = [
        Insert(after_seq=scene.bid, command=other, grounds=grounds()),
        Replace(seq=scene.bid, command=ORDER, grounds=grounds()),
        Insert(after_seq=scene.bid, command=ORDER, grounds=grounds()),
        Insert(after_seq=scene.ask, command=other, grounds=grounds()),
    ]

    assert edited_commands(scene.directory, edits) == {
        scene.bid: [ORDER, other, ORDER],
        scene.ask: [scene.venue.commands[scene.ask], other],
    }


def test_annulled_wishes_are_the_accounts_own_and_are_not_heard(
    scene: Scene,
) -> None:
    """Orders, cancels and transfers, and nobody else's."""
    annul = Annul(account_id=ALICE, from_seq=1, to_seq=scene.last, grounds=grounds())
    found = resolved(scene.directory, [annul])

    assert found.annulled == [scene.bid, scene.mail, scene.mail + 1]
    assert (found.first_seq, found.last_seq) == (scene.bid, scene.mail + 1)
    assert found.commands == {seq: [] for seq in found.annulled}


def test_what_is_inserted_behind_an_annulled_wish_is_heard(scene: Scene) -> None:
    """The owner's lost cancel, say."""
    edits: list[Edit] = [
        Annul(account_id=ALICE, from_seq=1, to_seq=scene.ask, grounds=grounds()),
        Insert(after_seq=scene.bid, command=ORDER, grounds=grounds()),
    ]

    assert edited_commands(scene.directory, edits) == {scene.bid: [ORDER]}


def test_a_reconfigured_parameter_has_its_value_from_the_first_seq_on(scene: Scene) -> None:
    """It is set behind the first entry, and what the journal sets in the range is replaced."""
    edit = Reconfigure(
        instrument_id=BTC_SWAP,
        parameter="band_e8",
        value=3_000_000,
        from_seq=scene.bid,
        to_seq=scene.last,
        grounds=grounds(OTTO, OLGA),
    )
    command = encode_command(parameter(3_000_000, first=OTTO, second=OLGA))

    assert edited_commands(scene.directory, [edit]) == {
        scene.bid: [scene.venue.commands[scene.bid], command],
        scene.set: [command],
    }


def test_a_reconfiguration_that_begins_at_the_wrong_setting_replaces_it(scene: Scene) -> None:
    """The ordinary case: somebody set a wrong value there."""
    edit = Reconfigure(
        instrument_id=BTC_SWAP,
        parameter="band_e8",
        value=3_000_000,
        from_seq=scene.set,
        to_seq=scene.last,
        grounds=grounds(),
    )

    assert edited_commands(scene.directory, [edit]) == {
        scene.set: [encode_command(parameter(3_000_000))]
    }


def replace_at(seq: int, command: bytes = ORDER, **changed: object) -> Replace:
    """An edit that is sound apart from what is changed."""
    kept: dict[str, object] = {"evidence": EVIDENCE, "author": OLGA, "approvals": (OLGA, OTTO)}
    return Replace(seq=seq, command=command, grounds=Grounds(**{**kept, **changed}))


def drop_of(scene: Scene, selects: Observations | Freezes | Seqs, first: int, last: int) -> Drop:
    """Approved by both."""
    return Drop(from_seq=first, to_seq=last, selects=selects, grounds=grounds(OLGA, OTTO))


def reconfigured(name: str, value: int, instrument_id: int = BTC_SWAP) -> Reconfigure:
    """Approved by both."""
    return Reconfigure(
        instrument_id=instrument_id,
        parameter=name,
        value=value,
        from_seq=20,
        to_seq=30,
        grounds=grounds(OLGA, OTTO),
    )


MARK = encode_command(ChainMark(marked_seq=1, blocks=0, chain=bytes(32), events_hash=bytes(32)))
REFUSED: dict[str, tuple[Callable[[Scene], list[Edit]], str]] = {
    "no evidence": (lambda s: [replace_at(s.bid, evidence="")], "edit 1 lacks evidence"),
    "evidence of zeros": (lambda s: [replace_at(s.bid, evidence="0" * 64)], "lacks evidence"),
    "a stranger wrote it": (lambda s: [replace_at(s.bid, author=9)], "written by 9, who is no"),
    "nobody approved": (lambda s: [replace_at(s.bid, approvals=())], "1 lacks approval.* has 0"),
    "one approved twice": (
        lambda s: [replace_at(s.ask), replace_at(s.bid, approvals=(OLGA, OLGA))],
        "edit 2 lacks approval.* has 1",
    ),
    "a stranger approved": (
        lambda s: [replace_at(s.bid, approvals=(OLGA, OTTO, 9))],
        "approved by 9, who is no operator",
    ),
    "cannot be decoded": (lambda s: [replace_at(s.bid, b"\1" * 8)], "cannot be decoded"),
    "empty": (lambda s: [replace_at(s.bid, b"")], "cannot be decoded"),
    "too long": (lambda s: [replace_at(s.bid, bytes(ENTRY_BYTES_MAX + 1))], "at most"),
    "a chain mark": (lambda s: [replace_at(s.bid, MARK)], "chain mark"),
    "outside": (lambda s: [replace_at(s.last + 1)], r"names seq \d+: the journal ends with seq"),
    "before the first": (lambda s: [replace_at(0)], "names seq 0: seqs begin with 1"),
    "range turned round": (lambda s: [drop_of(s, Freezes(), 9, 8)], "empty range"),
    "exact seq out of its range": (
        lambda s: [drop_of(s, Seqs(seqs=(7,)), 8, 9)],
        "names seq 7, outside",
    ),
    "exact seq twice": (lambda s: [drop_of(s, Seqs(seqs=(8, 8)), 8, 9)], "names a seq twice"),
    "no exact seq": (lambda s: [drop_of(s, Seqs(seqs=()), 8, 9)], "names nothing: a list"),
    "no source": (
        lambda s: [drop_of(s, Observations(index_id=1, source_ids=()), 1, 9)],
        "names nothing: no source",
    ),
    "no such source": (
        lambda s: [drop_of(s, Observations(index_id=1, source_ids=(99,)), 1, s.last)],
        "names nothing: no observation of index 1 by source 99 from seq 1",
    ),
    "no freeze there": (
        lambda s: [drop_of(s, Freezes(), 1, s.freeze - 1)],
        "names nothing: no freeze or release of index 0",
    ),
    "an account without wishes": (
        lambda s: [Annul(account_id=3, from_seq=1, to_seq=s.last, grounds=grounds(OLGA, OTTO))],
        "names nothing: account 3 wished nothing",
    ),
    "two at one seq": (
        lambda s: [replace_at(s.bid), drop_of(s, Seqs(seqs=(s.bid,)), 1, s.last)],
        r"edits 1 and 2 overlap: both name seq \d+",
    ),
    "annulled and replaced": (
        lambda s: [
            Annul(account_id=ALICE, from_seq=1, to_seq=s.last, grounds=grounds(OLGA, OTTO)),
            replace_at(s.bid),
        ],
        "overlap",
    ),
    "no such parameter": (lambda s: [reconfigured("bend_e8", 5)], "cannot set 'bend_e8'"),
    "no such instrument": (lambda s: [reconfigured("band_e8", 5, 77)], "of instrument 77"),
    "a value out of its bounds": (lambda s: [reconfigured("band_e8", 10**8)], "out of its bounds"),
    "a nameless parameter": (lambda s: [reconfigured("", 5)], "names no parameter"),
    "a value below zero": (lambda s: [reconfigured("band_e8", -1)], "outside of every bound"),
}


def test_a_draft_that_a_stranger_approved_is_refused(scene: Scene) -> None:
    """When it is planned, not when it is posted and everything has run."""
    edits = [replace_at(scene.ask), replace_at(scene.bid, approvals=(OLGA, 77))]

    assert draft_fault(scene.directory, edits) == (
        "edit 2 is approved by 77, who is no operator of the venue"
    )


@pytest.mark.parametrize("name", REFUSED)
def test_an_edit_that_is_not_sound_is_refused_with_the_reason(scene: Scene, name: str) -> None:
    """One clear sentence each."""
    make, sentence = REFUSED[name]

    assert re.search(sentence, edits_fault(scene.directory, make(scene)))


def test_a_draft_needs_no_approval(scene: Scene) -> None:
    """It is computed before anybody can know what to approve."""
    draft = replace_at(scene.bid, approvals=())

    assert draft_fault(scene.directory, [draft]) == ""
    assert edits_fault(scene.directory, [replace_at(scene.bid)]) == ""


def test_a_settled_case_is_closed_unless_its_posting_is_edited_too(scene: Scene) -> None:
    """A repair of a repair takes the posting away; nothing else reopens the window."""
    case = Settled(case_id="c-1", from_seq=scene.bid, to_seq=scene.ask, posted_seq=scene.freeze)
    inside, outside = replace_at(scene.ask), replace_at(scene.mail)
    posting = drop_of(scene, Seqs(seqs=(scene.freeze,)), scene.freeze, scene.freeze)

    fault = draft_fault(scene.directory, [inside], settled=[case])
    assert f"seq {scene.ask} belongs to case c-1, which is settled" in fault
    assert draft_fault(scene.directory, [outside], settled=[case]) == ""
    assert draft_fault(scene.directory, [inside, posting], settled=[case]) == ""


def test_edits_with_a_fault_come_to_nothing(scene: Scene) -> None:
    """A caller that did not ask first is stopped."""
    with pytest.raises(BadConfiguration, match="names seq"):
        edited_commands(scene.directory, [replace_at(scene.last + 1)])


def test_no_edits_are_sound_and_name_nothing(scene: Scene) -> None:
    """The null test starts with these."""
    found, fault = resolve(scene.directory, [])

    assert fault == ""
    assert found is not None
    assert (found.commands, found.annulled, found.first_seq) == ({}, [], 0)


def test_seqs_are_counted_as_the_engine_counts_them(tmp_path: Path) -> None:
    """A batch that came twice takes no seqs, nor does one of another shard or an earlier life."""
    venue = ToldVenue(tmp_path / "venue")
    venue.tick(1)
    for incarnation, number, shard in ((2, 1, 0), (2, 1, 0), (1, 9, 0), (2, 3, 0), (2, 2, 1)):
        venue.append(
            encode_batch(
                shard=shard,
                publisher_id=LANE,
                incarnation=incarnation,
                batch_number=number,
                stamps_ns=[venue.clock_ms * 1_000_000],
                commands=[ORDER],
            )
        )
    venue.checkpoint()
    venue.numbers[LANE] = 1
    assert venue.replica.seq == 16
    seq = venue.tell(OPERATOR, SetFreeze(index_id=0, is_frozen=True, operator_id=OLGA))
    venue.close()
    drop = Drop(from_seq=1, to_seq=seq, selects=Freezes(), grounds=grounds())
    late = Drop(from_seq=seq, to_seq=seq, selects=Freezes(), grounds=grounds())

    assert seq == 17
    assert edited_commands(venue.directory, [drop]) == {17: []}
    assert edited_commands(venue.directory, [late]) == {17: []}  # from the checkpoint


def test_a_file_gives_the_edits_back(scene: Scene, tmp_path: Path) -> None:
    """Every kind, and the same bytes each time."""
    edits: list[Edit] = [
        drop_of(scene, Observations(index_id=1, source_ids=FAULTY), 1, 50),
        drop_of(scene, Freezes(), 1, 50),
        drop_of(scene, Seqs(seqs=(3, 4)), 3, 4),
        replace_at(5),
        Insert(after_seq=6, command=ORDER, grounds=grounds()),
        Annul(account_id=ALICE, from_seq=1, to_seq=9, grounds=grounds()),
        reconfigured("band_e8", 5),
    ]
    path = tmp_path / "edits.json"
    write_edits(path, edits)

    assert read_edits(path) == edits
    assert encode_edits(read_edits(path)) == path.read_bytes()


def test_the_hash_stands_for_everything_but_the_approvals(scene: Scene) -> None:
    """People approve the hash, so their approval cannot be part of it."""
    edit = replace_at(scene.bid)
    changed = [
        replace_at(scene.ask),
        replace_at(scene.bid, encode_command(swap_order(ALICE, BUY, 2, 60_000))),
        replace_at(scene.bid, author=OTTO),
        replace_at(scene.bid, evidence="1" * 64),
    ]

    assert edits_hash([edit]) == edits_hash([replace_at(scene.bid, approvals=())])
    assert len({edits_hash([one]) for one in [edit, *changed]}) == 5


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[{}]",
        b'[{"type":"undo"}]',
        b'[{"type":"drop","from_seq":0}]',
        b"\xff",
        b'[{"type":"drop\xff"}]',
        b'[{"x":' + b"[" * 100_000,
    ],
)
def test_a_file_that_holds_no_edits_is_refused(tmp_path: Path, content: bytes) -> None:
    """One line that names the file."""
    path = tmp_path / "edits.json"
    path.write_bytes(content)

    assert decode_edits(content)[1] != ""
    with pytest.raises(BadConfiguration, match=r"edits\.json"):
        read_edits(path)


def test_a_file_without_end_is_refused() -> None:
    """And not read to its end."""
    with pytest.raises(BadConfiguration, match="more than"):
        read_edits(Path("/dev/zero"))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """The same line."""
    with pytest.raises(BadConfiguration, match="No such file"):
        read_edits(tmp_path / "edits.json")
