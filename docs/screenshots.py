"""
Draw the pictures of the README: the demo company in a browser, on a day that never changes.

Needs chromium on the PATH. Everything else, a database and a server, is made for the run and goes with it.
`make screenshots` runs this.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
NOW = datetime(2026, 6, 16, 9, 30, tzinfo=UTC)
"""A Tuesday."""
WIDE, PHONE = {"width": 1280, "height": 820}, {"width": 390, "height": 820}


@contextmanager
def demo_server() -> Iterator[str]:
    """The address of a server over a fresh demo database."""
    with tempfile.TemporaryDirectory(prefix="billpay-screenshots-") as directory:
        os.environ |= {
            "DATABASE_URL": f"sqlite:///{directory}/demo.sqlite3",
            "DEBUG": "1",
            "DJANGO_SETTINGS_MODULE": "billpay.settings",
            "MEDIA_ROOT": f"{directory}/media",
            "SECRET_KEY": "for-the-pictures-only",
        }
        sys.path.insert(0, str(ROOT))
        import django  # The environment had to be ready first.

        django.setup()
        from django.contrib.staticfiles.handlers import StaticFilesHandler
        from django.core.management import call_command
        from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
        from django.core.wsgi import get_wsgi_application

        for command in ("migrate", "createcachetable", "seed_demo"):
            call_command(command, verbosity=0)
        server = ThreadedWSGIServer(("127.0.0.1", 0), type("Quiet", (WSGIRequestHandler,), {"log_message": _quiet}))
        server.set_app(StaticFilesHandler(get_wsgi_application()))
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def _quiet(*_args: object) -> None:
    """Requests are not worth a line each."""


def draw(address: str, chromium: str) -> None:
    """Go where the pictures are: as the owner, then as the one who approves, then on a phone."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        page = signed_in(browser, address, "owner")
        draw_lists(page, f"{address}/demo")
        draw_money(page, f"{address}/demo")
        approver = signed_in(browser, address, "approver")
        draw_approvals(approver, f"{address}/demo")
        page.set_viewport_size(PHONE)
        page.goto(f"{address}/demo/")
        save(page, "phone-dashboard")
        page.goto(f"{address}/demo/bills/")
        save(page, "phone-bills")
        browser.close()


def signed_in(browser: Browser, address: str, who: str) -> Page:
    """A wide, light page of one of the demo's people."""
    page = browser.new_context(viewport=WIDE, color_scheme="light", locale="en-GB").new_page()
    page.goto(f"{address}/accounts/login/")
    page.get_by_label("Email").fill(f"{who}@demo.test")
    page.get_by_label("Password", exact=True).fill("billpay-demo")
    page.keyboard.press("Enter")
    page.wait_for_url("**/demo/")
    return page


def save(page: Page, name: str) -> None:
    """Draw what the window shows now."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")
    print(f"docs/images/{name}.png")


def draw_lists(page: Page, company: str) -> None:
    """The dashboard by day and by night, and the bills inbox."""
    save(page, "dashboard")
    page.emulate_media(color_scheme="dark")
    page.goto(f"{company}/")
    save(page, "dashboard-dark")
    page.emulate_media(color_scheme="light")

    page.goto(f"{company}/bills/")
    for at in (1, 3, 4):
        page.locator("input[name=bill]:enabled").nth(at).check()
    page.wait_for_timeout(500)
    page.evaluate("scrollTo(0, 0)")
    save(page, "bills")


def draw_money(page: Page, company: str) -> None:
    """What is to be paid, when, what taking it back would change, and the bank's lines beside it."""
    page.goto(f"{company}/pay/")
    for at in (0, 1, 2):
        page.locator("input[name=bill]:enabled").nth(at).check()
    page.get_by_role("button", name="Continue").last.click()
    page.get_by_role("button", name="Review").last.click()
    page.wait_for_url("**/review/")
    save(page, "review")

    page.goto(f"{company}/schedule/")
    save(page, "schedule")

    page.goto(f"{company}/payments/?tab=completed")
    page.get_by_role("link", name="PAY-").nth(3).click()
    page.wait_for_url("**/payments/*/")
    page.goto(f"{page.url}void/")
    save(page, "void")

    page.goto(f"{company}/books/ageing/")
    save(page, "ageing")

    page.goto(f"{company}/reconcile/")
    page.get_by_role("link", name="Current account").click()
    page.get_by_text("To review", exact=False).first.wait_for()
    page.evaluate("scrollTo(0, 420)")
    save(page, "reconcile")


def draw_approvals(page: Page, company: str) -> None:
    """What waits for a yes."""
    page.goto(f"{company}/approvals/")
    save(page, "approvals")


def main() -> int:
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        print("There is no chromium on the PATH.", file=sys.stderr)
        return 1
    import time_machine

    IMAGES.mkdir(exist_ok=True)
    with time_machine.travel(NOW, tick=True), demo_server() as address:
        draw(address, chromium)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
