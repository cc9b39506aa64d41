"""A real browser without a screen, for the tests of the page."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

__all__ = ["Opened", "chromium", "opened"]

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
_WAIT_MS: Final = 30_000  # generous: it takes half a second on an idle machine


@dataclass
class Opened:
    """An open page, and what it said and asked for.

    Attributes:
        complaints: of the console: errors, warnings, and exceptions nobody caught.
        requests: what it wanted to load, beside itself.
    """

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def view(self, timeline: str) -> tuple[float, float]:
        """Return what a timeline shows, in ms."""
        plot = self.page.locator(f"{timeline} .plot")
        bounds = [plot.get_attribute(f"data-{end}") for end in ("min", "max")]
        low, high = (float(bound) for bound in bounds if bound is not None)
        return low, high


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the system's browser; without one the tests of the page are skipped."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(f"there is none of {', '.join(_NAMES)}: type make setup-test")
        pytest.skip(f"there is none of {', '.join(_NAMES)} to look at the page with")
    # Root may not use the sandbox; the page is ours.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=options)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(
    browser: Browser, file: Path, anchor: str = "", *, width: int = 1280
) -> Iterator[Opened]:
    """Open *file* as a double click would, and wait until it can be used."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    it = Opened(page)

    def ask(request: Request) -> None:
        if not request.url.startswith(file.as_uri()):
            it.requests.append(request.url)

    page.on("request", ask)
    page.on("pageerror", lambda error: it.complaints.append(str(error)))
    page.on(
        "console",
        lambda message: (
            it.complaints.append(message.text)
            if message.type in ("error", "warning")
            else None
        ),
    )
    try:
        page.goto(file.as_uri() + (f"#{anchor}" if anchor else ""))
        page.wait_for_selector("html[data-ready]", timeout=_WAIT_MS, state="attached")
        yield it
    finally:
        page.close()
