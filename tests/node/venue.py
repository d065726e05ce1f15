"""A venue as a user starts it: `seawall up` in its own process, and a client that signs."""

from __future__ import annotations

import base64
import contextlib
import datetime
import hashlib
import hmac
import io
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from seawall.cli.app import run

DEADLINE_SECONDS = 60.0
# Many kills within a minute are the point of some tests.
SETTINGS = "restarts_per_minute = 1000\ncheckpoint_entries = 300\nstop_seconds = 10\n"


def wait_for(claim: Callable[[], Any], *, what: str, seconds: float = DEADLINE_SECONDS) -> Any:
    """Wait until the claim is true and return it; fail when it never is."""
    deadline = time.monotonic() + seconds
    while not (result := claim()):
        assert time.monotonic() < deadline, f"waited {seconds:g} s for {what}"
        time.sleep(0.02)
    return result


def is_alive(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}


class Done(NamedTuple):
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def seawall(*arguments: str) -> Done:
    """Run a command to its end, in this process, which spares the start of another."""
    stdout, stderr = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        code = run(list(arguments))
    return Done(code, stdout.getvalue(), stderr.getvalue())


class Venue:
    """`seawall up` on a data directory and a free port; `with` ends it, whatever happened."""

    def __init__(
        self,
        directory: Path,
        port: int,
        *options: str,
        settings: str = SETTINGS,
        log_directory: Path | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.directory = directory
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        beside = log_directory or directory.parent
        config = beside / f"{directory.name}.settings.toml"
        config.write_text(settings)
        self._log_path = beside / f"{directory.name}.log"
        self._log = self._log_path.open("w")
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "seawall", "up", str(directory), "--no-world"),
                *("--port", str(port), "--config", str(config), *options),
            ],
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
            start_new_session=True,  # so that a test can signal the group
        )

    def __enter__(self) -> Venue:
        try:
            self.wait_until_up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._log.close()

    @property
    def log(self) -> str:
        """Everything it printed."""
        return self._log_path.read_text()

    def wait_until_up(self) -> None:
        """Wait for the line that says so."""

        def is_up() -> bool:
            assert self.process.poll() is None, self.log
            return " is up." in self.log

        wait_for(is_up, what="the venue to be up")

    def pids(self) -> dict[str, int]:
        """The processes of the roles that live now."""
        found: dict[str, int] = {}
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        for pid in children.read_text().split():
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
            except OSError:
                continue
            if "--role" in words:
                found[words[words.index("--role") + 1]] = int(pid)
        return found

    def kill(self, role: str) -> None:
        """Kill a role's process as the machine might, and wait until another one plays it."""
        pid = wait_for(lambda: self.pids().get(role), what=f"a living {role}")
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: self.pids().get(role, pid) != pid, what=f"another {role}")

    def stop(self) -> int:
        """Stop it cleanly and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE_SECONDS)

    def client(
        self, name: str = "demo", *, url: str = "", verify: ssl.SSLContext | bool = True
    ) -> Client:
        """A client with the demo key of that name."""
        keys = json.loads((self.directory / "demo-keys.json").read_text())
        key = next(key for key in keys if key["name"] == name)
        return Client(url or self.url, key, verify=verify)


class Client:
    """Signs as existing clients do; answers are (HTTP status, body), (0, {}) for none."""

    def __init__(
        self, url: str, key: dict[str, Any], *, verify: ssl.SSLContext | bool = True
    ) -> None:
        self._key = key
        self._http = httpx.Client(base_url=url, timeout=10.0, verify=verify)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        """A signed GET."""
        return self._send("GET", path, "")

    def post(self, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        """A signed POST."""
        return self._send("POST", path, json.dumps(body))

    def _send(self, method: str, path: str, body: str) -> tuple[int, dict[str, Any]]:
        now = datetime.datetime.now(tz=datetime.UTC)
        stamp = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        mac = hmac.new(
            self._key["secret"].encode(), f"{stamp}{method}{path}{body}".encode(), hashlib.sha256
        )
        headers = {
            "OK-ACCESS-KEY": self._key["api_key"],
            "OK-ACCESS-SIGN": base64.b64encode(mac.digest()).decode(),
            "OK-ACCESS-TIMESTAMP": stamp,
            "OK-ACCESS-PASSPHRASE": self._key["passphrase"],
            "Content-Type": "application/json",
        }
        try:
            answer = self._http.request(method, path, content=body, headers=headers)
            return answer.status_code, answer.json()
        except httpx.TransportError:
            return 0, {}

    def place(self, client_id: str, *, side: str = "buy", price: str, size: str) -> Any:
        """Place a limit order of BTC-USDT; returns (HTTP status, the row or {})."""
        status, body = self.post(
            "/api/v5/trade/order",
            {
                "instId": "BTC-USDT",
                "tdMode": "cash",
                "side": side,
                "ordType": "limit",
                "px": price,
                "sz": size,
                "clOrdId": client_id,
            },
        )
        rows = body.get("data") or [{}]
        return status, {"code": body.get("code"), **rows[0]}

    def order(self, client_id: str) -> tuple[int, dict[str, Any]]:
        """What became of the order with this client id."""
        status, body = self.get(f"/api/v5/trade/order?instId=BTC-USDT&clOrdId={client_id}")
        return status, {"code": body.get("code"), **((body.get("data") or [{}])[0])}

    def wait_until_trading(self, prefix: str) -> None:
        """Wait until an order is executed again, after a start or an outage."""
        count = 0

        def is_trading() -> bool:
            nonlocal count
            count += 1
            _, row = self.place(f"{prefix}{count}", price="1", size="0.00001")
            return bool(row.get("sCode") == "0")

        wait_for(is_trading, what="an order to be executed")
