"""Settings of a machine: read strictly, refused with the key's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.errors import BadConfiguration
from seawall.node.settings import Settings, read_settings


def test_settings_are_optional() -> None:
    """A venue starts without a file."""
    assert read_settings(None) == Settings()


def test_command_line_wins_over_the_file(tmp_path: Path) -> None:
    """What was typed last is what was meant."""
    path = tmp_path / "machine.toml"
    path.write_text("port = 9000\ncheckpoint_entries = 5000\n")

    settings = read_settings(path, port=9001)

    assert (settings.port, settings.checkpoint_entries) == (9001, 5000)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("port = 0", "port to be 1 to 65535"),
        ("port = 65536", "port to be 1 to 65535"),
        ('port = "8080"', "port"),
        ("colour = 1", "colour"),
        ("port = ", "machine.toml"),
        ("stop_seconds = 0", "stop_seconds to be 1 to 600"),
    ],
)
def test_bad_setting_is_named(tmp_path: Path, text: str, words: str) -> None:
    """The person who wrote the file must find the place."""
    path = tmp_path / "machine.toml"
    path.write_text(text)

    with pytest.raises(BadConfiguration) as caught:
        read_settings(path)

    assert words in str(caught.value)


def test_missing_file_is_named(tmp_path: Path) -> None:
    """A mistyped path is the most common mistake."""
    with pytest.raises(BadConfiguration, match="No such file"):
        read_settings(tmp_path / "nowhere.toml")
