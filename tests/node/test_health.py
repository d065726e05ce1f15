"""What the edge says of the venue's health comes from what happened to its link."""

from __future__ import annotations

from seawall.journal.frames import EventsFrame, Refused
from seawall.node.health import EdgeHealth, incident_id_of

FRAME = EventsFrame(
    publisher_id=0,
    incarnation=1,
    batch_number=1,
    first_seq=1,
    count=1,
    clock_ms=1,
    events=b"",
)


class Clock:
    """A clock that a test sets, milliseconds."""

    def __init__(self) -> None:
        self.ms = 1_700_000_000_000

    def now_ms(self) -> int:
        """The time it was set to."""
        return self.ms


def refused(*, is_planned: bool) -> Refused:
    """A batch that the engine did not take."""
    return Refused(publisher_id=2, incarnation=1, batch_number=1, is_planned=is_planned, text="why")


def serving() -> tuple[EdgeHealth, Clock]:
    """An edge whose engine serves."""
    clock = Clock()
    health = EdgeHealth(now_ms=clock.now_ms)
    health.on_connected()
    health.on_events(FRAME)
    return health, clock


def test_healthy_venue_has_no_incident() -> None:
    """An incident id without an incident would be noise."""
    health, _ = serving()

    assert health.is_engine_reachable()
    assert not health.is_stopping()
    assert health.incident_id() == ""


def test_lost_engine_is_one_incident_until_it_applies_again() -> None:
    """Everybody who is hurt by it is given the same id."""
    health, clock = serving()
    health.on_lost()
    incident = health.incident_id()
    clock.ms += 5_000
    health.on_lost()

    assert incident.startswith("I-")
    assert health.incident_id() == incident
    assert not health.is_engine_reachable()
    health.on_connected()
    assert health.incident_id() == incident
    health.on_events(FRAME)
    assert health.incident_id() == ""


def test_planned_stop_is_no_incident() -> None:
    """A false alarm teaches people to ignore alarms; a false 'upgrade' is a lie."""
    health, _ = serving()
    health.on_refused(refused(is_planned=True))
    health.on_lost()

    assert health.is_stopping()
    assert health.incident_id() == ""


def test_planned_stop_of_the_engine_ends_when_it_serves_again() -> None:
    """A rolling restart is not the end."""
    health, _ = serving()
    health.on_refused(refused(is_planned=True))
    health.on_lost()
    health.on_connected()
    health.on_events(FRAME)

    assert not health.is_stopping()


def test_unplanned_refusal_is_an_incident() -> None:
    """A full disk disturbs trading as much as an engine that is gone."""
    health, _ = serving()
    health.on_refused(refused(is_planned=False))

    assert health.incident_id() != ""
    assert not health.is_stopping()


def test_map_age_is_the_silence_of_the_engine() -> None:
    """It beats four times a second, so silence means old maps."""
    health, clock = serving()
    clock.ms += 1_234

    assert health.map_age_ms() == 1_234


def test_incident_id_is_the_same_for_the_same_second() -> None:
    """It is short enough to be read out, and says when."""
    assert incident_id_of(1_700_000_000_001) == incident_id_of(1_700_000_000_999)
    assert incident_id_of(1_700_000_000_000) != incident_id_of(1_700_000_001_000)
    assert len(incident_id_of(1_700_000_000_000)) == 9
