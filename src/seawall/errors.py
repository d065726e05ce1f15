"""Operating failures: what can go wrong around the venue, and whose fault it is.

A refusal of a user's wish is an event, and a bug of ours is an assertion; everything else that can
stop a command or a process is one of these. `exit_code` is what a process ends with; `str()` is one
line for people that says what was expected, what was found and what to do.

```
SeawallError
├── OperatorFault             64   somebody asked for what cannot be: change the request
│   ├── BadConfiguration      78   a setting, argument or file that a person wrote
│   ├── DataDirectoryInUse    64   another process holds the data directory
│   ├── NotAJournal           64   the directory or file is something else, or is missing
│   ├── NewerFormat           64   written by a later release than this one
│   ├── ProjectorFenced       64   another projector writes the same read models
│   └── PortTaken             64   the address to listen on belongs to another process
├── EnvironmentFault          74   the machine failed us: mend it and start again, the data is sound
│   ├── DiskFull              74   nothing of the refused write is kept
│   ├── DiskFailure           74   a read, write or sync failed; only a restart tells what is kept
│   ├── EngineUnreachable     74   nobody answers on the engine's socket
│   └── ReadModelBehind       74   the read models end before the seq that a reader needs
└── DataFault                 65   bytes on disk are not what was written: stop, keep them, restore
    ├── BrokenGenesis         65   missing, unreadable, or of another venue
    ├── JournalDamaged        65   names the record
    ├── WitnessAhead          65   something has seen entries that the journal no longer has
    ├── CheckpointDamaged     65   a snapshot whose hash or state is wrong
    ├── ReadModelDamaged      65   not read models, or another venue's: they can be rebuilt
    └── MarkMismatch          65   a replay differs from what the writer computed; names the seq
```
Not in the tree: an assertion that fails after an effect. The process ends with `EXIT_BUG` and
replays.
"""

from __future__ import annotations

from typing import ClassVar, Final, Literal

EXIT_BUG: Final = 70


class SeawallError(Exception):
    """An operating failure. Each part is a phrase without a full stop; `str()` joins them."""

    fault: ClassVar[Literal["operator", "environment", "data"]]
    exit_code: ClassVar[int]

    def __init__(self, *, expected: str, found: str, to_do: str) -> None:
        super().__init__(f"expected {expected}; found {found}. To do: {to_do}.")
        self.expected = expected
        self.found = found
        self.to_do = to_do


class OperatorFault(SeawallError):
    """Somebody asked for what cannot be."""

    fault = "operator"
    exit_code = 64


class EnvironmentFault(SeawallError):
    """The machine failed; the data is as sound as it was."""

    fault = "environment"
    exit_code = 74


class DataFault(SeawallError):
    """Bytes on disk are not what was written."""

    fault = "data"
    exit_code = 65


class BadConfiguration(OperatorFault):
    """A setting, an argument or a file written by a person is wrong."""

    exit_code = 78


class DataDirectoryInUse(OperatorFault):
    """Another process writes in the data directory; `found` names it."""


class NotAJournal(OperatorFault):
    """The directory holds no venue, or a file in it is no journal."""


class NewerFormat(OperatorFault):
    """The data was written by a later release."""


class PortTaken(OperatorFault):
    """The address to listen on belongs to another process."""


class ProjectorFenced(OperatorFault):
    """Another projector has moved the read models on; this one must stop."""


class DiskFull(EnvironmentFault):
    """There was no room; nothing of the refused write is kept, and it may be tried again."""


class DiskFailure(EnvironmentFault):
    """A read, write or sync failed; only a restart tells what is on disk."""


class EngineUnreachable(EnvironmentFault):
    """Nobody answers on the engine's socket."""


class ReadModelBehind(EnvironmentFault):
    """The read models end before the seq that a reader needs."""


class BrokenGenesis(DataFault):
    """The genesis is missing, unreadable, or not the one the journal was written with."""


class JournalDamaged(DataFault):
    """A record of the journal is not what was written. `record_no` is the first that is lost, 0 if
    unknown.
    """

    def __init__(self, *, record_no: int, expected: str, found: str, to_do: str) -> None:
        super().__init__(expected=expected, found=found, to_do=to_do)
        self.record_no = record_no


class WitnessAhead(DataFault):
    """A witness has applied more than the journal holds: acknowledged entries are missing."""

    def __init__(self, *, witness: str, expected: str, found: str, to_do: str) -> None:
        super().__init__(expected=expected, found=found, to_do=to_do)
        self.witness = witness


class CheckpointDamaged(DataFault):
    """A snapshot on disk does not carry the state that it promises."""


class ReadModelDamaged(DataFault):
    """The file of the read models is something else, or another venue's; they can be rebuilt."""


class MarkMismatch(DataFault):
    """A replay reached another chain or other events than the writer recorded at `seq`."""

    def __init__(self, *, seq: int, expected: str, found: str, to_do: str) -> None:
        super().__init__(expected=expected, found=found, to_do=to_do)
        self.seq = seq
