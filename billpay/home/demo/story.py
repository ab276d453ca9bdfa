"""The demo from beginning to end: four months of a small business, ending yesterday."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from django.db import transaction

from billpay.banking import actions as banking
from billpay.banking.models import Calendar
from billpay.companies.models import Company
from billpay.home.demo.clock import Clock, is_working_day, playing
from billpay.home.demo.credits import Credits
from billpay.home.demo.desk import Desk
from billpay.home.demo.episodes import Episodes, bank_by_itself
from billpay.home.demo.goods import GOODS
from billpay.home.demo.overheads import OVERHEADS
from billpay.home.demo.payer import THURSDAY, Payer
from billpay.home.demo.people import open_harbour_lane, open_tideway
from billpay.home.demo.plan import DAYS, plan
from billpay.home.demo.teller import CARD, CURRENT, EURO, Teller
from billpay.home.demo.tideway import play_tideway

SLUG = "demo"
OTHER_SLUG = "tideway"
TRADERS = (*GOODS, *OVERHEADS)
ACCOUNTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        CURRENT,
        "GBP",
        {"sort_code": "001018", "account_number": "20884619", "calendar": Calendar.UK, "payment_weekday": THURSDAY},
    ),
    (EURO, "EUR", {"iban": "GB69BARC00101820884700", "bic": "BARCGB22", "calendar": Calendar.TARGET}),
    (CARD, "GBP", {"account_number": "5412750000004417"}),
)


@transaction.atomic
def seed(*, today: date) -> bool:
    """
    Make both demo companies and play their past up to yesterday; all or nothing, and once.

    :returns: False if there is a company at /demo/ already, and so nothing was done.
    :raises CompanyRefused: there is a company at /tideway/ that this did not make.
    """
    if Company.objects.filter(slug=SLUG).exists():
        return False
    rng = Random(31)  # noqa: S311  The same business every time, apart from the day.
    clock = Clock(rng)
    with playing(clock):
        clock.start_day(today - timedelta(days=DAYS + 5))
        _play(_open(clock, rng), today)
        clock.start_day(today - timedelta(days=40))
        company, owner = open_tideway(OTHER_SLUG)
        play_tideway(company, owner, clock, today)
    return True


def _open(clock: Clock, rng: Random) -> Desk:
    company, staff = open_harbour_lane(SLUG)
    desk = Desk(company, staff, clock, rng)
    for name, currency, numbers in ACCOUNTS:
        clock.tick()
        desk.banks[name] = banking.open_account(
            company=company, name=name, currency=currency, by=staff.owner, holder=company.name, **numbers
        )
    for trader in TRADERS:
        desk.open_supplier(trader)
    return desk


def _play(desk: Desk, today: date) -> None:
    planned = plan(TRADERS, today=today, rng=desk.rng)
    teller = Teller(desk, today)
    payer = Payer(desk, teller, planned, today)
    credits = Credits(desk, TRADERS, today)
    episodes = Episodes(payer, credits, today)
    bank_by_itself(payer, today)
    last_day = today - timedelta(days=1)
    for age in range(DAYS + 3, 0, -1):
        day = today - timedelta(days=age)
        desk.clock.start_day(day)
        teller.play()
        if is_working_day(day):
            desk.approve_what_waits()
            for bill in planned:
                if bill.entered_on == day:
                    desk.enter(bill)
            credits.play()
            payer.play()
            episodes.play()
        if day == last_day:
            desk.approve_what_waits(all_of_it=True)
