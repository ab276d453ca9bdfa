"""The schedule: what goes out when, moved and let go again from one page."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page
from django.db.models import Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_safe

from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.lists import paginate
from billpay.companies.models import Company
from billpay.htmx import render_part
from billpay.money.locales import active_locale
from billpay.payments import agenda
from billpay.payments.agenda import Item, Outlook
from billpay.payments.forms.schedule import DayForm
from billpay.payments.models import Payment, PaymentStatus

VIEWS = {"list": "List", "week": "Week", "month": "Month"}


@require_safe
@requires(Permission.VIEW)
def schedule(request: MemberRequest, company: Company) -> HttpResponse:
    """What goes out, by list, week or month; beside it what has no day yet. The address holds the state."""
    today = timezone.localdate()
    outlook = Outlook(company, today=today)
    view = request.GET.get("view", "")
    view = view if view in VIEWS else "list"
    on = _day(request.GET.get("on")) or today
    context = {
        "view": view,
        "outlook": outlook,
        "today": today,
        "tabs": _tabs(company, view, on, today),
        "totals": _totals(company, outlook),
        "stopped_count": _count(outlook, "stopped"),
        "back": request.GET.urlencode(),
        **(_month(outlook, on) if view == "month" else _listed(request, company, outlook, view, on)),
        **_rail(company, outlook),
    }
    return render_part(request, "payments/schedule.html", "board", context)


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if 2000 <= day.year < 2100 else None


def _tabs(company: Company, view: str, on: date, today: date) -> list[dict[str, Any]]:
    page = reverse("payments:schedule", args=[company.slug])
    at = {} if on == today else {"on": on.isoformat()}
    return [
        {"label": label, "href": f"{page}?{urlencode({'view': code, **at})}", "current": code == view}
        for code, label in VIEWS.items()
    ]


def _count(outlook: Outlook, state: str) -> int:
    return outlook.states[state].count if state in outlook.states else 0


def _totals(company: Company, outlook: Outlook) -> list[dict[str, Any]]:
    """This week, the next, four weeks; then what waits for somebody."""
    page = reverse("payments:schedule", args=[company.slug])
    week = agenda.week_of(outlook.today, active_locale())
    items = []
    for label, after, days, href in (
        ("This week", 0, 7, f"{page}?view=week"),
        ("Next week", 7, 7, f"{page}?view=week&on={week[0] + timedelta(days=7)}"),
        ("4 weeks", 0, 28, f"{page}?view=list"),
    ):
        first = week[0] + timedelta(days=after)
        goes = outlook.between(first, first + timedelta(days=days - 1))
        items.append({"label": label, "href": href, "count": goes.count, "amounts": goes.amounts})
    for state, label, tone, href in (
        ("awaiting_approval", "To approve", "", reverse("payments:approvals", args=[company.slug])),
        ("stopped", "Stopped", "danger", f"{page}?view=list"),
    ):
        if figure := outlook.states.get(state):
            items.append({"label": label, "href": href, "count": figure.count, "amounts": figure.amounts, "tone": tone})
    return items


def _month(outlook: Outlook, on: date) -> dict[str, Any]:
    weeks = agenda.weeks_of(on, active_locale())
    first = on.replace(day=1)
    return {
        "weeks": [[outlook.day(day) for day in week] for week in weeks],
        "headings": weeks[0],
        "period": date_format(on, "F Y"),
        "month": on.month,
        "before": first - timedelta(days=1),
        "after": (first + timedelta(days=32)).replace(day=1),
    }


def _listed(request: MemberRequest, company: Company, outlook: Outlook, view: str, on: date) -> dict[str, Any]:
    rows = agenda.on_schedule(company)
    context: dict[str, Any] = {}
    wanted: list[date] = []
    if view == "week":
        wanted = agenda.week_of(on, active_locale())
        last = wanted[-1]
        context = {
            "period": f"{date_format(wanted[0], 'j M')} – {date_format(last, 'j M Y')}",
            "before": wanted[0] - timedelta(days=7),
            "after": last + timedelta(days=1),
        }
    elif only := _day(request.GET.get("day")):
        wanted = [only]
        context = {"only": only}
    page = paginate(request, rows.filter(_within(wanted, outlook)) if wanted else rows, per_page=50)
    found = agenda.items(list(page.object_list), outlook)
    for item in found:
        item.form = DayForm(payment=item.payment, day=item.day, back=request.GET.urlencode())
    return {"page": page, **context, **_sections(found, outlook, page, wanted)}


def _within(days: list[date], outlook: Outlook) -> Q:
    """Payments that go out on these days: what is due goes out on the first day on which its bank is open."""
    within = Q(execute_on__range=(max(days[0], outlook.today + timedelta(days=1)), days[-1]))
    for day, accounts in outlook.opens().items():
        if days[0] <= day <= days[-1]:
            within |= Q(accounts, execute_on__lte=outlook.today)
    return within


def _sections(found: list[Item], outlook: Outlook, page: Page[Payment], wanted: list[date]) -> dict[str, Any]:
    """Stopped payments by themselves, the others by day; days of planned bills stand between them."""
    stopped = [item for item in found if item.state == "stopped"]
    rest = sorted((item for item in found if item.state != "stopped"), key=_by_day)
    by_day = {day: list(group) for day, group in groupby(rest, key=lambda item: item.day)}
    days = set(wanted) or {day for day in by_day if day}
    if not wanted:
        days |= {day.day for day in outlook.days() if day.has_any and _lies_on(page, day.day, by_day)}
    return {"stopped": stopped, "days": [(outlook.day(day), by_day.get(day, [])) for day in sorted(days)]}


def _by_day(item: Item) -> tuple[date, int]:
    return item.day or date.max, item.payment.pk


def _lies_on(page: Page[Payment], day: date, by_day: dict[date | None, list[Item]]) -> bool:
    """Whether a day without payments belongs to this page: between the first and the last of its days."""
    shown = sorted(found for found in by_day if found)
    after_first = not page.has_previous() or (bool(shown) and day > shown[0])
    before_last = not page.has_next() or (bool(shown) and day < shown[-1])
    return after_first and before_last


def _rail(company: Company, outlook: Outlook) -> dict[str, Any]:
    """What has no day: approved payments, and bills that nothing pays."""
    count = _count(outlook, PaymentStatus.APPROVED)
    waiting = agenda.items(list(agenda.without_a_day(company)[: agenda.RAIL]), outlook) if count else []
    weekly = agenda.next_payment_day(outlook.accounts.values(), after=outlook.today)
    for item in waiting:
        account = item.payment.bank_account
        own = account.next_payment_day(outlook.today) if account else None
        item.form = DayForm(payment=item.payment, day=own or (weekly[0] if weekly else outlook.today))
    bills_count, unplanned = agenda.unplanned(company, today=outlook.today)
    return {
        "waiting": waiting,
        "waiting_count": count,
        "unplanned": unplanned,
        "unplanned_count": bills_count,
        "weekly": weekly,
    }
