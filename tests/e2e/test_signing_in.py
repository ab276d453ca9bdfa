"""The first page anyone sees: it signs in, and the browser has nothing to complain of."""

import pytest
from playwright.sync_api import Page, expect

from tests.factories import CompanyFactory, member

PASSWORD = "a-password-for-tests"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser says in its console: refusals of the content security policy, errors, missing files."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


def test_member_signs_in_by_keyboard(page: Page, live_server, complaints):
    owner = member(CompanyFactory(name="Harbour Lane"), email="owner@example.test", password=PASSWORD)

    page.goto(f"{live_server.url}/accounts/login/")
    page.get_by_label("Email").fill(owner.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_text("Harbour Lane").first).to_be_visible()
    assert complaints == []


def test_wrong_password_is_refused_in_words(page: Page, live_server):
    page.goto(f"{live_server.url}/accounts/login/")
    page.get_by_label("Email").fill("owner@example.test")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.keyboard.press("Enter")

    expect(page.get_by_text("not correct").first).to_be_visible()
