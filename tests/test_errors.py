"""The tree of operating failures: drawn as it is, and every failure tells whose fault and what to
do.
"""

from __future__ import annotations

import re

import pytest

from seawall import errors
from seawall.errors import (
    DataFault,
    EnvironmentFault,
    JournalDamaged,
    MarkMismatch,
    OperatorFault,
    SeawallError,
    WitnessAhead,
)

DRAWN = re.compile(r"^([│ ]*)(?:[├└]── )?([A-Z]\w+) +(\d+) ", re.MULTILINE)
CLASSES = [
    one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, SeawallError)
]


def test_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    """The drawing is what people read, with the exit codes that scripts rely on."""
    drawn = {name: int(code) for _, name, code in DRAWN.findall(errors.__doc__ or "")}

    assert drawn == {one.__name__: one.exit_code for one in CLASSES if one is not SeawallError}


def test_every_failure_is_of_one_of_three_kinds() -> None:
    """Whose fault it is decides who is called."""
    kinds = {OperatorFault: "operator", EnvironmentFault: "environment", DataFault: "data"}
    leaves = [one for one in CLASSES if one is not SeawallError and one not in kinds]

    assert leaves
    for leaf in leaves:
        (kind,) = [kinds[one] for one in kinds if issubclass(leaf, one)]
        assert leaf.fault == kind
        assert leaf.exit_code not in (0, 1, errors.EXIT_BUG)


@pytest.mark.parametrize("kind", CLASSES[1:], ids=lambda one: one.__name__)
def test_message_is_one_line_with_all_three_parts(kind: type[SeawallError]) -> None:
    """Expected, found, to do: the line that the command line prints."""
    parts = {"expected": "a journal", "found": "a shopping list", "to_do": "look again"}
    more = {JournalDamaged: {"record_no": 3}, WitnessAhead: {"witness": "w"}}
    error = kind(**parts, **more.get(kind, {"seq": 9} if kind is MarkMismatch else {}))

    assert str(error) == "expected a journal; found a shopping list. To do: look again."
    assert (error.expected, error.found, error.to_do) == tuple(parts.values())
