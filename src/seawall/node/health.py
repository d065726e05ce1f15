"""How the venue stands, as this edge knows it. Codes and the status come from here alone."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from seawall.journal.frames import EventsFrame, Refused

MS_PER_SECOND = 1_000
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without letters that look like digits


def incident_id_of(time_ms: int) -> str:
    """A short id that says when: the second in base 32; the same for everybody who asks."""
    seconds = time_ms // MS_PER_SECOND
    text = ""
    while seconds:
        seconds, digit = divmod(seconds, len(_DIGITS))
        text = _DIGITS[digit] + text
    return f"I-{text or '0'}"


class EdgeHealth:
    """Listens to the link; an incident opens when the engine is lost or refuses unplanned, and
    closes when it applies commands again.
    """

    def __init__(self, *, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._log = structlog.get_logger()
        self._is_connected = False
        self._is_stopping = False  # this edge
        self._is_engine_stopping = False  # it said so
        self._incident_id = ""
        self._heard_ms = now_ms()

    # What the API asks

    def is_stopping(self) -> bool:
        """Whether a planned stop has begun."""
        return self._is_stopping or self._is_engine_stopping

    def is_engine_reachable(self) -> bool:
        """Whether a command could be sent now."""
        return self._is_connected

    def incident_id(self) -> str:
        """The open incident, "" when there is none."""
        return self._incident_id

    def map_age_ms(self) -> int:
        """How long ago the maps were last told something; a running engine beats every 250 ms."""
        return max(0, self._now_ms() - self._heard_ms)

    # What happens

    def stop(self) -> None:
        """This edge stops on purpose."""
        self._is_stopping = True

    def on_events(self, frame: EventsFrame) -> None:
        """A batch was applied, so the engine serves; `frame` is the newest."""
        assert frame.count > 0
        self._heard_ms = self._now_ms()
        self._is_engine_stopping = False
        if self._incident_id and self._is_connected:
            self._log.warning("the engine serves again", incident=self._incident_id)
            self._incident_id = ""

    def on_refused(self, refused: Refused) -> None:
        """The engine took nothing of a batch, and said why."""
        if refused.is_planned:
            self._is_engine_stopping = True
        else:
            self._open_incident(refused.text)

    def on_connected(self) -> None:
        """The link stands; the incident stays open until something is applied."""
        self._is_connected = True

    def on_lost(self) -> None:
        """The link ended."""
        self._is_connected = False
        if not self.is_stopping():
            self._open_incident("the engine does not answer")

    def on_missing(self) -> None:
        """There was no engine to connect to at the start."""
        self._open_incident("the engine does not answer")

    def _open_incident(self, why: str) -> None:
        if not self._incident_id:
            self._incident_id = incident_id_of(self._now_ms())
            self._log.error("trading is interrupted", incident=self._incident_id, why=why)
