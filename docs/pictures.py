"""Takes the pictures of the documentation from a `make run` that is up and has played its sample: `make pictures`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Error, Page, sync_playwright

from deploy.local.options import Options
from deploy.local.programs import address

FOLDER = Path(__file__).parent / "images"
WIDTH, HEIGHT = 1200, 960
QUIET = [
    "--no-sandbox",
    "--hide-scrollbars",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
]


class PageNotShown(Exception):
    """A page answered with an error."""


def take(browser: Browser, options: Options) -> list[Path]:
    """Take every picture; gives the files."""
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    _go(page, address(options.ports["outcomes"]))
    outcomes = _shot(page, "outcomes")
    _go(page, address(options.ports["care_plan"]))
    patient = page.locator("main a[href*='/patients/']").first.get_attribute("href")
    _go(page, address(options.ports["care_plan"]) + str(patient))
    return [outcomes, _shot(page, "patient")]


def _go(page: Page, url: str) -> None:
    answer = page.goto(url, wait_until="networkidle")
    if answer is None or not answer.ok:
        raise PageNotShown(f"{url} answered with an error.")


def _shot(page: Page, name: str) -> Path:
    file = FOLDER / f"{name}.png"
    # Without the room that is kept free for a scroll bar.
    width = page.evaluate("document.documentElement.clientWidth")
    page.screenshot(path=file, clip={"x": 0, "y": 0, "width": width, "height": HEIGHT})
    return file


def main() -> int:
    """Take them; returns the exit code."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("Pictures need chromium: apt-get install --no-install-recommends chromium", file=sys.stderr)
        return 1
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=QUIET)
        try:
            print("\n".join(str(file) for file in take(browser, Options.read())))
        except (Error, PageNotShown) as failed:
            print(f"{str(failed).splitlines()[0]} Is `make run` up?", file=sys.stderr)
            return 1
        finally:
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
