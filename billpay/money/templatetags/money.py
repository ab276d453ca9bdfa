"""Amounts in templates: `{% load money %}`, then `{{ bill.total|money }}`."""

from decimal import Decimal
from typing import TypeGuard

from django import template

from billpay.money.locales import active_locale
from billpay.money.value import Money, format_amount, format_decimal, format_locale

register = template.Library()


@register.filter
def money(value: Money | None) -> str:
    """Show symbol and number by the active locale: `£1,234.50`. Nothing for nothing."""
    return format_locale(value, active_locale()) if _is_money(value) else ""


@register.filter
def amount(value: Money | None) -> str:
    """Show the number alone by the active locale: `1,234.50`, for columns that name their currency."""
    return format_amount(value, active_locale()) if _is_money(value) else ""


@register.filter
def code_amount(value: Money | None) -> str:
    """Show the ISO code and the number: `GBP 1,234.50`, kept on one line."""
    return f"{value.currency}\u00a0{format_amount(value, active_locale())}" if _is_money(value) else ""


@register.filter
def rate(value: Decimal | None) -> str:
    """Show an exchange rate, quantity or percentage without needless zeros: `0.781`."""
    if value is None or value == "":
        return ""
    return format_decimal(Decimal(value), active_locale())


def _is_money(value: object) -> TypeGuard[Money]:
    if value is None or value == "":
        return False
    if not isinstance(value, Money):
        raise TypeError(f"Expected Money; got {value!r}.")
    return True
