"""Operating failures: what goes wrong around the venue, and whose fault it is.

Refusals of commands are values (`RejectReason`), and our own bugs are assertions; neither stands here. Each
error says what was expected, what was found and what to do, and carries the exit code of the command line.

```
SeawallError                    1   something failed and no closer word fits
├── UserError                   2   the person at the command line can put it right
│   ├── ConfigError             2   a venue file or a setting is wrong
│   ├── PortTaken               2   another process listens where we should
│   └── DirectoryInUse          2   another process runs on this data directory
├── DataError                  65   what lies on disk cannot be used
│   ├── NotAJournal            65   the directory holds no venue
│   ├── NewerVersion           65   a newer release wrote it
│   ├── DamagedJournal         65   damage in the middle: restore, or skip with approval
│   └── MarkMismatch           65   a replay differs from what the journal's own marks say
├── MachineError               74   the machine under us failed
│   └── DiskFull               74   nothing more can be made durable
└── VenueError                 69   another part of the venue is not there
    └── EngineLost             69   the engine does not answer
```
"""

from __future__ import annotations

from typing import ClassVar


class SeawallError(Exception):
    """The root of the tree."""

    exit_code: ClassVar[int] = 1


class UserError(SeawallError):
    """The person at the command line can put it right."""

    exit_code = 2


class ConfigError(UserError):
    """A venue file or a setting is wrong."""


class PortTaken(UserError):
    """Another process listens where we should."""


class DirectoryInUse(UserError):
    """Another process runs on this data directory."""


class DataError(SeawallError):
    """What lies on disk cannot be used."""

    exit_code = 65


class NotAJournal(DataError):
    """The directory holds no venue."""


class NewerVersion(DataError):
    """A newer release wrote it."""


class DamagedJournal(DataError):
    """Damage in the middle of the journal."""


class MarkMismatch(DataError):
    """A replay differs from what the journal's own marks say."""


class MachineError(SeawallError):
    """The machine under us failed."""

    exit_code = 74


class DiskFull(MachineError):
    """Nothing more can be made durable."""


class VenueError(SeawallError):
    """Another part of the venue is not there."""

    exit_code = 69


class EngineLost(VenueError):
    """The engine does not answer."""
