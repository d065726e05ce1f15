"""A real browser for the pages: the system's Chromium, driven by Playwright, without a network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from tools.fetch_axe import PLACE, VERSION, is_sound

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
)


NEEDS_CHROMIUM = "needs Chromium: apt install chromium, or SEAWALL_CHROMIUM=/its/path"


# Not for the whole session: while Playwright runs, no other test could run an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium of this system; SEAWALL_CHROMIUM names another. Skips where there is none."""
    named = os.environ.get("SEAWALL_CHROMIUM")
    found = named or next((path for name in CHROMIUMS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(NEEDS_CHROMIUM)
    # Chromium refuses its sandbox to root, who is who runs tests in containers.
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=flags)
        yield started
        started.close()


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core. Skips where nobody has fetched it."""
    if not is_sound(PLACE):
        pytest.skip(f"needs axe-core {VERSION}: python tools/fetch_axe.py (it uses npm)")
    return PLACE.read_text(encoding="utf-8")


class Visit:
    """One page, opened from a file, and everything that it complained of or asked for."""

    def __init__(self, context: BrowserContext, path: Path) -> None:
        self.complaints: list[str] = []
        self.requests: list[str] = []
        context.add_init_script(
            "window.addEventListener('securitypolicyviolation',"
            " (event) => console.error('policy: ' + event.violatedDirective));"
        )
        context.set_offline(True)
        self.page: Page = context.new_page()
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())


class Visits:
    """Opens files in contexts of their own, and closes them."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self._browser = browser
        self._folder = folder
        self._contexts: list[BrowserContext] = []

    def open(
        self,
        page: bytes,
        *,
        width: int = 1440,
        theme: str = "light",
        has_script: bool = True,
        bypass_csp: bool = False,
    ) -> Visit:
        """Write the page into a file and open it."""
        path = self._folder / f"page-{len(self._contexts)}.html"
        path.write_bytes(page)
        context = self._browser.new_context(
            viewport=ViewportSize(width=width, height=900),
            color_scheme="dark" if theme == "dark" else "light",
            java_script_enabled=has_script,
            bypass_csp=bypass_csp,
        )
        self._contexts.append(context)
        return Visit(context, path)

    def close(self) -> None:
        """Close everything that was opened."""
        for context in self._contexts:
            context.close()


@pytest.fixture
def visits(browser: Browser, tmp_path: Path) -> Iterator[Visits]:
    """A way to open pages."""
    opened = Visits(browser, tmp_path)
    yield opened
    opened.close()
