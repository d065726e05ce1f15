"""How this machine runs a venue: what may differ between two machines without changing the venue.

What the venue *is* stands in its genesis. These settings come from `--config FILE` (TOML) and from
options of the command line, and can change at any restart.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from seawall.errors import BadConfiguration

DIRECTORY_DEFAULT: Final = Path("seawall-data")
PORT_DEFAULT: Final = 8080


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of one machine; durations in seconds.

    host, port: where the API listens. tls: speak TLS with a certificate of the data directory's own
    development authority. checkpoint_*: after how many entries or seconds the follower writes one,
    and how many entries make one worth writing at a clean stop. records_per_file: group commits per
    journal file. connections_max: open connections before new ones are told to go away.
    receipt_seconds: how long a client may take to send a request. restarts_per_minute: how often a
    process may die and be started again within a minute. stop_seconds: how long a process may take
    to stop before it is killed.
    """

    host: str = "127.0.0.1"
    port: int = PORT_DEFAULT
    tls: bool = False
    checkpoint_entries: int = 1_000_000
    checkpoint_seconds: int = 600
    checkpoint_at_stop_entries: int = 10_000
    records_per_file: int = 1_000_000
    connections_max: int = 10_000
    receipt_seconds: int = 5
    keep_alive_seconds: int = 30
    restarts_per_minute: int = 10
    stop_seconds: int = 20


# key -> smallest and largest value
RANGES: Final = {
    "port": (1, 65_535),
    "checkpoint_entries": (100, 1_000_000_000),
    "checkpoint_seconds": (1, 86_400),
    "checkpoint_at_stop_entries": (1, 1_000_000_000),
    "records_per_file": (100, 1_000_000_000),
    "connections_max": (1, 1_000_000),
    "receipt_seconds": (1, 600),
    "keep_alive_seconds": (1, 600),
    "restarts_per_minute": (0, 1_000),
    "stop_seconds": (1, 600),
}


def read_settings(path: Path | None, *, port: int | None = None, tls: bool = False) -> Settings:
    """Settings from a file, if any, with what the command line says on top; BadConfiguration names
    the key.
    """
    settings = Settings() if path is None else _from_file(path)
    if port is not None:
        settings = msgspec.structs.replace(settings, port=port)
    if tls:
        settings = msgspec.structs.replace(settings, tls=True)
    name = "the command line" if path is None else str(path)
    for key, (low, high) in RANGES.items():
        value = getattr(settings, key)
        if not low <= value <= high:
            raise BadConfiguration(
                expected=f"{key} to be {low} to {high}",
                found=f"{value} in {name}",
                to_do=f"correct {key}",
            )
    return settings


def _from_file(path: Path) -> Settings:
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Settings, strict=True)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        found = error.strerror if isinstance(error, OSError) else str(error)
        raise BadConfiguration(
            expected="settings (TOML)", found=f"{path}: {found}", to_do=f"correct {path}"
        ) from error
