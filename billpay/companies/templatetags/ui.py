"""Template tags of the look: icons, status tags, sortable headers, navigation."""

from __future__ import annotations

import functools
import re
import uuid
from datetime import date
from typing import Any

from django import forms, template
from django.contrib.messages.storage.base import Message
from django.forms import BoundField
from django.template.context import Context
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billpay.companies import navigation
from billpay.companies.access import Permission

register = template.Library()

STATUSES: dict[str, tuple[str, str, str]] = {
    "draft": ("neutral", "pencil", "Draft"),
    "awaiting_approval": ("violet", "hourglass", "To approve"),
    "to_approve": ("violet", "hourglass", "To approve"),
    "open": ("info", "clock", "Awaiting payment"),
    "partially_paid": ("warning", "circle-half-2", "Partially paid"),
    "paid": ("success", "check", "Paid"),
    "void": ("void", "ban", "Void"),
    "on_hold": ("warning", "lock", "On hold"),
    "reserved": ("violet", "hourglass", "Reserved"),
    "overdue": ("danger", "alert-triangle", "Overdue"),
    "scheduled": ("violet", "calendar", "Scheduled"),
    "completed": ("success", "check", "Completed"),
    "recorded": ("success", "check", "Recorded"),
    "pending": ("warning", "hourglass", "Pending"),
    "approved": ("info", "circle-check", "Approved"),
    "processing": ("warning", "send", "Processing"),
    "stopped": ("danger", "lock", "Stopped"),
    "failed": ("danger", "alert-circle", "Failed"),
    "rejected": ("danger", "x", "Rejected"),
    "cancelled": ("void", "ban", "Cancelled"),
    "partly_used": ("warning", "circle-half-2", "Partly used"),
    "partially_used": ("warning", "circle-half-2", "Partly used"),
    "used": ("success", "check", "Used"),
    "refunded": ("success", "receipt-refund", "Refunded"),
    "matched": ("success", "link", "Matched"),
    "partly_matched": ("warning", "circle-half-2", "Partly matched"),
    "unmatched": ("info", "unlink", "Unmatched"),
    "to_review": ("info", "list-check", "To review"),
    "excluded": ("void", "ban", "Excluded"),
    "reconciled": ("success", "checks", "Reconciled"),
    "active": ("success", "check", "Active"),
    "archived": ("void", "ban", "Archived"),
    "locked": ("neutral", "lock", "Locked"),
    "ready": ("success", "check", "Ready"),
    "missing": ("danger", "alert-triangle", "Missing"),
}
"""By code: the tone, the icon, the words."""


_PLURAL = re.compile(r"(?P<ies>ies)\b|(?P<es>ch|sh|ss|x)es\b|s\b")
"""How the first plural word of a noun ends."""


@functools.cache
def _sprite() -> str:
    return static("icons.svg")


@register.simple_tag
@functools.lru_cache(maxsize=1024)
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite: hidden from assistive technology unless `label` says what it means."""
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}#{}"></use></svg>', label, _sprite(), name
        )
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', _sprite(), name)


@register.simple_tag
@functools.lru_cache(maxsize=1024)
def status(code: str, label: str = "") -> SafeString:
    """A state in words, with an icon and a colour: never by colour alone."""
    tone, picture, words = STATUSES.get(
        str(code), ("neutral", "circle-dashed", str(code).replace("_", " ").capitalize())
    )
    return format_html(
        '<span class="tag tag-{}"><svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>{}</span>',
        tone,
        _sprite(),
        picture,
        label or words,
    )


@register.simple_tag(takes_context=True)
def sort_th(context: Context, key: str, label: str, css: str = "", target: str = "") -> SafeString:
    """A column header that sorts by `key`, and turns round when it is the one in force."""
    request = context["request"]
    current = context.get("sort") or request.GET.get("sort", "")
    on, down = current.lstrip("-") == key, current.startswith("-")
    query = request.GET.copy()
    query.pop("page", None)
    query["sort"] = f"-{key}" if on and not down else key
    direction = ("descending" if down else "ascending") if on else ""
    return format_html(
        '<th scope="col"{}{}><a class="sort" href="?{}"{}>{}{}</a></th>',
        format_html(' class="{}"', css) if css else "",
        format_html(' aria-sort="{}"', direction) if on else "",
        query.urlencode(),
        _swap(f"?{query.urlencode()}", target),
        label,
        icon("chevron-down" if down else "chevron-up") if on else icon("selector"),
    )


def _swap(address: str, target: str) -> SafeString | str:
    """The htmx attributes of a link whose `href` stays beside them."""
    if not target:
        return ""
    return format_html(' hx-get="{}" hx-target="{}" hx-swap="outerHTML" hx-push-url="true"', address, target)


@register.filter
def counted(noun: str, count: int) -> str:
    """A plural such as "bills to pay" or "entries" as it is said of `count` of them: "bill to pay" of one."""
    if count != 1:
        return noun
    return _PLURAL.sub(lambda found: "y" if found["ies"] else found["es"] or "", noun, count=1)


@register.simple_tag
def swap(address: str, target: str = "") -> SafeString | str:
    """`hx-get` of `address` into `target`, with the address pushed; nothing without a target."""
    return _swap(address, target)


@register.simple_tag
def form_key() -> SafeString:
    """The key of a form without boxes, made as it is drawn: see `KeyForm` (rule 16)."""
    return format_html('<input type="hidden" name="key" value="{}">', uuid.uuid4())


@register.simple_tag
def nav_url(name: str, *args: Any) -> str:
    """The address of a named URL, or "" where there is none."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def main_nav(context: Context) -> list[navigation.Group]:
    """The groups of the main navigation for the company in the context, drawn twice: beside the page and as a menu."""
    request, company = context.get("request"), context.get("company")
    if request is None or company is None:
        return []
    if not hasattr(request, "main_nav"):
        approves = {Permission.PAYMENT_APPROVE, Permission.BILL_APPROVE} & set(context.get("permissions") or ())
        counts = {"payments:approvals": navigation.to_approve(company)} if approves else {}
        request.main_nav = navigation.groups(company, request.resolver_match, counts)
    groups: list[navigation.Group] = request.main_nav
    return groups


@register.simple_tag(takes_context=True)
def page_has_errors(context: Context) -> bool:
    """Whether the page was drawn to say what is wrong: its title then begins with "Error: "."""
    if context.get("error") or context.get("errors") or context.get("has_errors"):
        return True
    form, formset = context.get("form"), context.get("formset")
    if form is not None and getattr(form, "is_bound", False) and form.errors:
        return True
    if formset is not None and getattr(formset, "is_bound", False):
        return bool(formset.total_error_count())
    return False


@register.filter
def undo_url(message: Message) -> str:
    """Where a message's Undo button posts to, given as `extra_tags="undo:/address/"`."""
    for tag in (message.extra_tags or "").split():
        if tag.startswith("undo:/") and not tag.startswith("undo://"):
            return tag.removeprefix("undo:")
    return ""


@register.filter
def relative_due(day: date | None, today: date) -> str:
    """How far a due date is from today, in words."""
    if day is None:
        return "no due date"
    days = (day - today).days
    if days == 0:
        return "today"
    if abs(days) == 1:
        return "tomorrow" if days > 0 else "1 day overdue"
    return f"in {days} days" if days > 0 else f"{-days} days overdue"


@register.filter
def goes_out(day: date, today: date) -> str:
    """When something planned for a day goes out: never on a day that is past."""
    return "with the next run of the schedule" if day < today else f"on {date_format(day, 'l, j F Y')}"


@register.filter
def short_day(day: date | None, today: date) -> str:
    """A day without its year where that is this year's: for columns of many dates."""
    return "" if day is None else date_format(day, "j M" if day.year == today.year else "j M Y")


@register.filter
def entry(errors: Any) -> str:
    """One message as text, from an error list, a {text, href} mapping, or text."""
    return errors["text"] if isinstance(errors, dict) else str(errors)


@register.filter
def about(message: str, field: BoundField) -> str:
    """Django's own "This field is required." as people need to read it: what to enter, by the field's label."""
    if message != str(forms.Field.default_error_messages["required"]):
        return message
    label = str(field.label)
    label = label if label[:2].isupper() else label[:1].lower() + label[1:]
    verb = (
        "Choose" if isinstance(field.field, forms.ChoiceField | forms.ModelChoiceField | forms.FileField) else "Enter"
    )
    return f"{verb} the {label}."


@register.filter
def words(text: str) -> list[str]:
    """The words of a text, to loop over."""
    return text.split()


@register.filter
def page_numbers(page: Any) -> list[int | str]:
    """The page numbers to draw: the ends, the neighbours, and "…" for what lies between."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))
