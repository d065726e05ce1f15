"""What every process of a venue does the same way: its log, its signals, and whom it outlives."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import signal
import sys
from contextlib import suppress
from typing import Final

import structlog

PR_SET_PDEATHSIG: Final = 1
STOP_ORDER_SIGNAL: Final = signal.SIGUSR1  # of a supervisor to his processes


class _Stderr:
    """Standard error that stays silent when nobody reads it any more, so that a stop can finish."""

    def msg(self, message: str) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.write(message + "\n")
            sys.stderr.flush()

    log = debug = info = warning = error = critical = failure = fatal = exception = msg


def configure_log(role: str) -> None:
    """Log lines `time level event key=value` on standard error; `role` is bound to each."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, pad_level=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: _Stderr(),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.clear_contextvars()
    if role:
        structlog.contextvars.bind_contextvars(role=role)


def die_with(parent_pid: int) -> None:
    """Let the kernel kill this process when its parent ends, however that ends.

    Everything acknowledged is durable, so a kill loses nothing; a process that lives on without its
    supervisor would keep the port and the data directory.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent_pid:  # it ended before the call
        raise SystemExit(1)


def stop_on_signals(*, is_supervised: bool) -> asyncio.Event:
    """An event that SIGTERM and SIGINT set; under a supervisor only `STOP_ORDER_SIGNAL` does.

    What a terminal or a service manager sends to every process at once must reach the supervisor
    alone: he stops the others in order, so that nobody loses the engine while he still trades.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    if is_supervised:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        loop.add_signal_handler(STOP_ORDER_SIGNAL, stop.set)
    else:
        loop.add_signal_handler(signal.SIGTERM, stop.set)
        loop.add_signal_handler(signal.SIGINT, stop.set)
    return stop
