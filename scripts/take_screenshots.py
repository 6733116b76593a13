#!/usr/bin/env python3
"""Take the pictures of the README and the handbook from a running demo: make run, then in another terminal
PASSWORD=... .venv/bin/python scripts/take_screenshots.py http://127.0.0.1:8000

They go to docs/screenshots: 1440 pixels wide (worklist-phone.png 390).
"""

import datetime as dt
import os
import shutil
import sys
import zlib
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
DESK, PHONE = {"width": 1440, "height": 980}, {"width": 390, "height": 844}
LARGEST = 250_000  # bytes


def main(address: str, password: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    browser = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for view in (DESK, PHONE):
            # A locale that writes dates as the product does.
            page = running.new_context(viewport=view, locale="en-CA", reduced_motion="reduce").new_page()
            sign_in(page, address, password)
            if view is PHONE:
                take(page, "worklist-phone")
            else:
                take_pages(page, address)
                page = running.new_context(viewport=view, locale="en-CA", reduced_motion="reduce").new_page()
                sign_in(page, address, password, name="monitor")
                take_outcomes(page, address)
        running.close()


def sign_in(page: Page, address: str, password: str, name: str = "nurse") -> None:
    page.goto(f"{address}/sign-in/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Overdue").wait_for()


def take_pages(page: Page, address: str) -> None:
    take(page, "worklist")
    page.goto(f"{address}/find?q=119")
    take(page, "patient")
    page.get_by_role("link", name="Cytarabine").first.click()
    page.locator("td.c-planned a").first.click()  # with the receipt of a dose
    page.evaluate("scrollTo(0, 0)")
    take(page, "cycle")
    page.goto(f"{address}/patients/enrol/")
    answer(page)
    take(page, "enrol")
    page.goto(f"{address}/protocol/")
    page.locator("main a[href^='/protocol/']").first.click()
    page.locator(".pt-matrix").first.scroll_into_view_if_needed()
    page.locator(".pt-matrix").first.evaluate("e => scrollBy(0, e.getBoundingClientRect().top - 140)")
    take(page, "protocol")


def take_outcomes(page: Page, address: str) -> None:
    """Of every site; as far down as the picture stays small."""
    page.set_viewport_size({"width": DESK["width"], "height": 800})
    page.goto(f"{address}/outcomes/")
    take(page, "outcomes")


def answer(page: Page) -> None:
    """Enough for the panel beside the form to work something out; nothing is saved."""
    today = dt.date.today()  # noqa: DTZ011 - any day near now
    page.get_by_label("Consent signed on").fill(str(today - dt.timedelta(days=5)))
    page.get_by_label("Consent version").fill("4.0")
    page.get_by_label("Sex").select_option(label="Female")
    page.get_by_label("Date of birth").fill("1980-03-01")
    for group in page.get_by_role("radiogroup").all()[:6]:
        group.get_by_label("Met", exact=True).check()
    page.get_by_label("CD20").first.fill("35")
    page.get_by_label("Height", exact=False).locator("visible=true").first.fill("165")
    page.get_by_label("Weight").first.fill("63.4")
    page.get_by_label("Planned day 1").fill(str(today + dt.timedelta(days=1)))
    page.get_by_label("Planned day 1").press("Tab")
    page.locator("#derived dl").wait_for()
    page.evaluate("scrollTo(0, 0)")


def take(page: Page, name: str) -> None:
    path = FOLDER / f"{name}.png"
    path.write_bytes(smaller(page.screenshot()))
    size = path.stat().st_size
    print(f"{path.name}: {size // 1000} kB" + (" (too large)" if size > LARGEST else ""))


def smaller(png: bytes) -> bytes:
    """The same picture, packed as tightly as zlib can: the browser packs fast."""
    chunks, at = [], 8
    while at < len(png):
        length = int.from_bytes(png[at : at + 4], "big")
        chunks.append((png[at + 4 : at + 8], png[at + 8 : at + 8 + length]))
        at += 12 + length
    packed = zlib.compress(zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT")), 9)
    kept = [chunk for chunk in chunks if chunk[0] not in (b"IDAT", b"IEND")]
    return png[:8] + b"".join(_chunk(*one) for one in [*kept, (b"IDAT", packed), (b"IEND", b"")])


def _chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000", os.environ["PASSWORD"])
