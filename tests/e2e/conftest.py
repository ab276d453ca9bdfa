"""
A real browser against a live server.

Chromium is the machine's own. Without one these tests are skipped, unless `BILLPAY_REQUIRE_BROWSER=1`
says that its absence is a failure.
"""

import os
import shutil
from typing import Any

import pytest

# Playwright's synchronous interface runs an event loop in the test's thread, where Django would refuse to query.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="session", autouse=True)
def chromium() -> str:
    """The path of the machine's Chromium."""
    if CHROMIUM is None:
        if os.environ.get("BILLPAY_REQUIRE_BROWSER") == "1":
            pytest.fail("BILLPAY_REQUIRE_BROWSER=1, but there is no chromium on the PATH.")
        pytest.skip("There is no chromium on the PATH.")
    return CHROMIUM


@pytest.fixture(scope="session")
def browser_type_launch_args(chromium: str) -> dict[str, Any]:
    """Instead of the plugin's own, which would look for a browser that it downloaded."""
    # Chromium's own sandbox does not start for root.
    return {"executable_path": chromium, "args": ["--no-sandbox"] if os.geteuid() == 0 else []}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"locale": "en-GB", "timezone_id": "Europe/London"}
