"""What every test shares: how random tests draw, which core runs, and a port to listen on."""

from __future__ import annotations

import os
import socket

import pytest
from hypothesis import HealthCheck, settings

import seawall

# `ci` draws the same examples on every run, so that a red build is red for its change. `dev` draws
# new ones; a failure prints a blob that reproduces it on the same commit.
settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("dev", deadline=None, print_blob=True)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev")
)


def pytest_report_header(config: pytest.Config) -> str:
    """Say which of the two cores is under test."""
    return f"core: {seawall.core_mode()}"


@pytest.fixture
def free_port() -> int:
    """Return a loopback port that nothing listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
