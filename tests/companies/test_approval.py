"""Who must approve what: the owners' page, and what it warns of."""

import re
from dataclasses import replace
from datetime import date
from html import unescape

import pytest
import time_machine
from django.urls import reverse

from billpay.companies import actions
from billpay.companies.approval import (
    Policy,
    approvers_needed,
    contradiction,
    lately_loosened,
    loosened,
    policy_of,
    shortages,
)
from billpay.companies.models import ApprovalSubject, Company, Role
from tests.factories import CompanyFactory, member

pytestmark = pytest.mark.django_db

NONE = Policy((), (), 7, checks_bank_details=False, write_off_limit_minor=500)


def policy(**changes):
    values = {name: getattr(NONE, name) for name in NONE.__dataclass_fields__}
    return Policy(**{**values, **changes})


@pytest.fixture
def company():
    return CompanyFactory(slug="harbour", name="Harbour Lane", checks_bank_details=False)


@pytest.fixture
def owner(company):
    return member(company, name="Olivia Hart")


def now(company):
    return policy_of(Company.objects.get(pk=company.pk))


def put(company, wanted, by):
    return actions.change_approval(company=company, policy=wanted, seen=now(company).digest, by=by)


# The action


def test_a_policy_is_stored_whole(company, owner):
    wanted = policy(
        bill_limits=((0, 1),),
        payment_limits=((1_000_00, 1), (5_000_00, 2)),
        split_window_days=14,
        checks_bank_details=True,
        write_off_limit_minor=0,
    )

    put(company, wanted, owner)

    assert now(company) == wanted
    assert approvers_needed(company, ApprovalSubject.PAYMENT, 5_000_01) == 2


def test_the_trail_names_what_was_and_what_is(company, owner):
    put(company, policy(payment_limits=((1_000_00, 1),)), owner)
    put(company, policy(payment_limits=((1_000_00, 2),), write_off_limit_minor=10_00), owner)

    line = company.audit_events.first()
    assert (line.verb, line.by) == ("company.approval_changed", owner)
    assert line.summary == (
        "Approval. Payments: over 1,000.00 GBP two people, was over 1,000.00 GBP one person; "
        "Largest write-off: 10.00 GBP, was 5.00 GBP"
    )
    assert line.detail["payment_limits"] == {
        "before": "over 1,000.00 GBP one person",
        "after": "over 1,000.00 GBP two people",
    }


def test_a_policy_that_is_in_force_already_leaves_no_line(company, owner):
    put(company, NONE, owner)

    assert not company.audit_events.exists()


def test_who_comes_second_overwrites_nothing(company, owner):
    seen = policy_of(company).digest
    put(company, policy(split_window_days=14), owner)

    with pytest.raises(actions.PolicyChanged, match="Someone else changed"):
        actions.change_approval(company=company, policy=policy(split_window_days=3), seen=seen, by=owner)

    assert now(company).split_window_days == 14


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (((100_00, 1), (100_00, 2)), "100.00 GBP is there twice."),
        (((100_00, 2), (900_00, 1)), "Over 100.00 GBP it takes two people, over 900.00 GBP only one person."),
    ],
)
def test_limits_that_contradict_each_other_are_refused(company, owner, limits, words):
    with pytest.raises(actions.CompanyRefused, match=re.escape(words)):
        put(company, policy(bill_limits=limits), owner)

    assert now(company) == NONE


def test_rising_limits_do_not_contradict_each_other():
    assert contradiction(((0, 1), (100_00, 1), (900_00, 2)), "GBP") == ""


# Too few people


def test_a_company_with_people_to_spare_is_not_warned(company, owner):
    member(company, Role.APPROVER)
    member(company, Role.APPROVER)

    assert shortages(company, policy(payment_limits=((0, 2),), checks_bank_details=True)) == []


def test_one_approver_cannot_be_two(company, owner):
    member(company, Role.BOOKKEEPER)

    [words] = shortages(company, policy(payment_limits=((1_000_00, 2),)))

    assert words == (
        "Payments over 1,000.00 GBP take two people, but only Olivia Hart may approve. "
        "They would wait for ever: add a member who is approver or owner."
    )


def test_the_maker_does_not_count(company, owner):
    member(company, Role.APPROVER, name="Ana")

    [words] = shortages(company, policy(bill_limits=((0, 1), (1_000_00, 2))))

    assert words == (
        "Bills over 1,000.00 GBP take two people, and only Olivia Hart and Ana may approve. "
        "What one of them enters would wait for ever: add a member who is approver or owner."
    )


def test_an_account_that_is_switched_off_does_not_count(company, owner):
    member(company, Role.APPROVER, is_active=False)

    assert len(shortages(company, policy(checks_bank_details=True))) == 1


STRICT = policy(payment_limits=((100_00, 1), (1_000_00, 2)), bill_limits=((0, 1),), checks_bank_details=True)


def strict(**changes):
    return replace(STRICT, **changes)


@pytest.mark.parametrize(
    ("after", "names"),
    [
        (strict(payment_limits=()), ["payment_limits"]),
        (strict(payment_limits=((100_01, 1), (1_000_00, 2))), ["payment_limits"]),
        (strict(payment_limits=((100_00, 1),)), ["payment_limits"]),
        (strict(payment_limits=((50_00, 1), (2_000_00, 2))), ["payment_limits"]),
        (strict(payment_limits=((100_00, 2),)), []),
        (strict(payment_limits=((0, 1), (100_00, 1), (999_00, 2))), []),
        (strict(bill_limits=((1, 1),), split_window_days=6), ["bill_limits", "split_window_days"]),
        (strict(split_window_days=8, checks_bank_details=False), ["checks_bank_details"]),
        (strict(write_off_limit_minor=100_00), []),
    ],
)
def test_what_asks_for_less_than_before_is_loosened(after, names):
    assert loosened(STRICT, after) == names


def test_limits_loosened_lately_are_found_with_who_and_what(company, owner):
    with time_machine.travel("2026-02-14 12:00", tick=False):
        put(company, STRICT, owner)
        put(company, strict(payment_limits=()), owner)
        put(company, strict(), owner)

    (one,) = lately_loosened(company, today=date(2026, 3, 16))

    assert (one.event.by, one.words) == (
        owner,
        "Payments: no limit, was over 100.00 GBP one person, over 1,000.00 GBP two people",
    )
    assert lately_loosened(company, today=date(2026, 3, 17)) == []


@pytest.mark.parametrize(("role", "sees"), [(Role.APPROVER, True), (Role.OWNER, True), (Role.BOOKKEEPER, False)])
def test_who_approves_is_told_of_it(client, company, owner, role, sees):
    put(company, STRICT, owner)
    put(company, strict(checks_bank_details=False), owner)
    client.force_login(member(company, role))

    page = unescape(client.get("/harbour/approvals/").content.decode())

    assert ("Limits were loosened lately" in page) is sees
    assert ("By Olivia Hart on " in page) is sees
    assert ("New bank details checked: by nobody, was by a second person." in page) is sees


def test_the_settings_say_who_loosened_them(desk, company, owner):
    put(company, STRICT, owner)
    put(company, strict(split_window_days=0), owner)

    page = desk.get("/harbour/settings/approval/").text
    assert "Split payments looked back for: 0 days, was 7 days." in page


# The page


@pytest.fixture
def desk(client, owner):
    client.force_login(owner)
    return client


def fields(page):
    """What a browser would send back of the form."""
    form = page[page.index('<form class="card card-body"') :]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            found[name[1]] = unescape(value[1]) if value else "on"
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)"[^>]* selected', options) or re.search(r'value="([^"]*)"', options)
        found[name] = chosen[1]
    return found


def test_limits_are_added_filled_in_and_saved_without_javascript(desk, company):
    data = fields(desk.get("/harbour/settings/approval/").text)
    data = fields(desk.post("/harbour/settings/approval/", {**data, "add_limit": "1"}).text)
    data = fields(desk.post("/harbour/settings/approval/", {**data, "limits-0-above": "1,000", "add_limit": "1"}).text)
    data |= {"limits-1-subject": "bill", "limits-1-above": "0", "limits-0-approvers": "2", "split_window_days": "30"}

    answer = desk.post("/harbour/settings/approval/", data)

    assert (answer.status_code, answer["Location"]) == (303, "/harbour/settings/approval/")
    assert now(company) == policy(bill_limits=((0, 1),), payment_limits=((1_000_00, 2),), split_window_days=30)


def test_a_row_is_removed_and_an_empty_one_left_out(desk, company, owner):
    put(company, policy(payment_limits=((1_00, 1), (2_00, 1), (3_00, 1))), owner)
    data = fields(desk.get("/harbour/settings/approval/").text)
    data = fields(desk.post("/harbour/settings/approval/", {**data, "remove_limit": "1"}).text)

    desk.post("/harbour/settings/approval/", {**data, "limits-0-above": " "})

    assert now(company).payment_limits == ((3_00, 1),)


def test_adding_a_row_by_htmx_swaps_the_rows_alone(desk, company):
    data = fields(desk.get("/harbour/settings/approval/").text)

    part = desk.post("/harbour/settings/approval/", {**data, "add_limit": "1"}, headers={"HX-Request": "true"})

    assert part.text.strip().startswith('<div id="limits">')
    assert part.text.count("data-focus-after") == 1
    assert not company.approval_limits.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"limits-0-above": "many"}, "Line 1: 'many' has 'm' in it"),
        ({"limits-0-above": "1.234"}, "Line 1: '1.234' has 3 decimals; GBP has 2."),
        ({"limits-0-approvers": "3"}, "Line 1: Select a valid choice"),
        ({"limits-0-subject": "lunch"}, "Line 1: Select a valid choice"),
        ({"split_window_days": "-1"}, "greater than or equal to 0"),
        ({"split_window_days": ""}, "Enter a number of days"),
        ({"write_off_limit": ""}, "Enter the largest amount that may be written off"),
        ({"limits-TOTAL_FORMS": "x"}, "ManagementForm data is missing"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words_and_kept_in_the_box(desk, company, owner, changes, words):
    put(company, policy(payment_limits=((1_00, 1),)), owner)
    data = fields(desk.get("/harbour/settings/approval/").text) | changes

    page = desk.post("/harbour/settings/approval/", data)

    assert page.status_code == 422
    assert "<title>Error: Approval" in page.text
    assert words in unescape(page.text)
    assert now(company) == policy(payment_limits=((1_00, 1),))


def test_limits_that_contradict_each_other_are_refused_on_the_page(desk, company, owner):
    put(company, policy(payment_limits=((1_00, 1), (2_00, 2))), owner)
    data = fields(desk.get("/harbour/settings/approval/").text)

    page = desk.post("/harbour/settings/approval/", {**data, "limits-1-above": "0.50"})

    assert page.status_code == 422
    assert "A greater amount never takes fewer." in page.text


def test_who_comes_second_sees_what_is_in_force_and_may_save_all_the_same(desk, company, owner):
    data = fields(desk.get("/harbour/settings/approval/").text)
    put(company, policy(split_window_days=14), owner)

    page = desk.post("/harbour/settings/approval/", {**data, "split_window_days": "3"})

    assert page.status_code == 409
    assert "14 days" in page.text
    assert desk.post("/harbour/settings/approval/", fields(page.text)).status_code == 303
    assert now(company).split_window_days == 3


def test_the_page_warns_when_nobody_could_approve(desk, company, owner):
    put(company, policy(payment_limits=((0, 1),)), owner)

    assert "only Olivia Hart may approve" in desk.get("/harbour/settings/approval/").text


def test_a_currency_without_decimals_is_read_as_such(client):
    company = CompanyFactory(slug="kobe", base_currency="JPY")
    client.force_login(member(company))
    data = fields(client.get("/kobe/settings/approval/").text)

    client.post("/kobe/settings/approval/", {**data, "write_off_limit": "300"})

    company.refresh_from_db()
    assert company.write_off_limit_minor == 300


@pytest.mark.parametrize("role", [Role.APPROVER, Role.BOOKKEEPER, Role.VIEWER])
def test_only_owners_decide(client, company, role):
    client.force_login(member(company, role))

    assert client.get(reverse("companies:approval", args=[company.slug])).status_code == 403


def test_settings_lead_to_the_page(desk):
    assert "/harbour/settings/approval/" in desk.get("/harbour/settings/").text


def test_operators_see_the_limits_and_change_none(admin_client, company, owner):
    put(company, policy(payment_limits=((1_000_00, 2),)), owner)

    page = admin_client.get(reverse("admin:companies_company_change", args=[company.pk])).text

    assert "1,000.00 GBP" in page
    assert 'name="approval_limits-0-above_minor"' not in page
    assert 'name="write_off_limit_minor"' not in page
