"""The canonical bytes of the waiting algo orders: by id, then the queue of those that fired."""

from typing import Final

from mypy_extensions import i64

from seawall.core.engine.snapshot_reader import Reader
from seawall.core.engine.state import State
from seawall.core.engine.trailing import NOT_FIRED, SECOND_LEG, Algo
from seawall.core.engine.trigger_prices import unit_of
from seawall.core.model.codec import Writer, write_word
from seawall.core.model.command_codec import decode_command, encode_command
from seawall.core.model.commands import PlaceAlgo

_ABOVE: Final = 1
_SECOND_ABOVE: Final = 2
_ACTIVE: Final = 4


def write_algos(out: Writer, state: State) -> None:
    """Every algo order that waits; who watches what is derivable and left out."""
    book = state.algo_book
    write_word(out, book.fired_in_tick)
    write_word(out, len(book.by_id))
    for algo_id in sorted(book.by_id):
        algo = book.by_id[algo_id]
        flags: i64 = _ABOVE if algo.is_above else 0
        if algo.is_second_above:
            flags |= _SECOND_ABOVE
        if algo.is_active:
            flags |= _ACTIVE
        terms = encode_command(algo.terms)
        best = algo.best_price()
        for word in (algo_id, flags, best, algo.fired_leg, algo.fired_e8, len(terms)):
            write_word(out, word)
        out.write(terms)
    write_word(out, book.waiting)
    for algo in book.fired:
        if book.is_live(algo):
            write_word(out, algo.algo_id)


def read_algos(state: State, reader: Reader) -> None:
    """The inverse; accounts and markets exist already."""
    book = state.algo_book
    book.fired_in_tick = reader.word()
    for _ in range(reader.word()):
        algo = _read_algo(state, reader)
        book.add(algo)
    book.waiting = reader.word()
    for _ in range(book.waiting):
        algo = book.by_id[reader.word()]
        assert algo.fired_leg != NOT_FIRED
        book.fired.append(algo)


def _read_algo(state: State, reader: Reader) -> Algo:
    algo_id = reader.word()
    flags = reader.word()
    extreme = reader.word()
    fired_leg = reader.word()
    fired_e8 = reader.word()
    data = reader.raw(reader.word())
    terms = decode_command(data, 0, len(data))
    assert isinstance(terms, PlaceAlgo) and NOT_FIRED <= fired_leg <= SECOND_LEG
    account = state.account(terms.account_id)
    assert account is not None
    unit = unit_of(state.markets[terms.instrument_id], terms.trigger_by)
    algo = Algo(algo_id=algo_id, account_slot=account.slot, terms=terms, unit=unit)
    algo.is_above = flags & _ABOVE != 0
    algo.is_second_above = flags & _SECOND_ABOVE != 0
    algo.is_active = flags & _ACTIVE != 0
    algo.extreme = extreme
    algo.fired_leg = fired_leg
    algo.fired_e8 = fired_e8
    account.algos += 1
    return algo
