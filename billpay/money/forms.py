"""
Form fields for amounts, rates, quantities, percentages and business days.

All are text boxes: `type=number` drops what it cannot read, changes on a scroll and knows one decimal mark only.
What was typed stays in the box when it is refused.
"""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from billpay.money.days import InvalidDay, read_day
from billpay.money.locales import active_locale, active_marks
from billpay.money.value import (
    InvalidAmount,
    Money,
    UnknownCurrency,
    currency_symbols,
    format_plain,
    parse_percent,
    parse_quantity,
    parse_rate,
    parse_sum,
)

__all__ = [
    "BusinessDateField",
    "MoneyField",
    "PercentField",
    "QuantityField",
    "RateField",
    "active_locale",
    "active_marks",
]


class TypedField(forms.Field):
    """
    A text box whose text is read by `read`, and refused in its words.

    It has no `maxlength`: a browser cuts off what is pasted beyond it without a word, and that may be digits.
    """

    widget = forms.TextInput
    attributes: ClassVar[dict[str, str]] = {}

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"autocomplete": "off", "spellcheck": "false", **self.attributes, **super().widget_attrs(widget)}

    def to_python(self, value: Any) -> Any:
        if not isinstance(value, str):
            return None if value in self.empty_values else value
        return self.read(value) if value.strip() else None

    def read(self, text: str) -> Any:
        """Turn text that is not blank into a value, or raise ValidationError."""
        raise NotImplementedError


class NumberField(TypedField):
    """A box for a number, written with the active language's marks."""

    attributes: ClassVar = {"inputmode": "decimal"}

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            return f"{value.normalize():f}".replace(".", active_marks()[0])
        return value


class MoneyField(NumberField):
    """
    An amount, or several joined by plus and minus, cleaned to Money.

    The currency may be set later, by the form: `self.fields["amount"].currency = bill.currency`.

    :param allow_zero: whether 0 is an answer; by default it is refused.
    :param allow_negative: whether an amount below zero is an answer; by default it is refused.
    """

    default_error_messages: ClassVar = {
        "currency": "Choose the currency first.",
        "zero": "The amount must be more than zero.",
        "zero_signed": "The amount must not be zero.",
    }

    def __init__(
        self, *, currency: str | None = None, allow_zero: bool = False, allow_negative: bool = False, **kwargs: Any
    ) -> None:
        self.currency, self.allow_zero, self.allow_negative = currency, allow_zero, allow_negative
        super().__init__(**kwargs)

    def read(self, text: str) -> Money:
        locale = active_locale()
        decimal_mark, group_mark = active_marks()
        try:
            amount = parse_sum(
                text,
                self.currency or "",
                decimal_mark=decimal_mark,
                group_mark=group_mark,
                allow_negative=self.allow_negative,
                symbols=currency_symbols(self.currency or "", locale),
            )
        except UnknownCurrency as error:
            raise ValidationError(self.error_messages["currency"], code="currency") from error
        except InvalidAmount as error:
            raise ValidationError(str(error), code="invalid") from error
        if not amount and not self.allow_zero:
            code = "zero_signed" if self.allow_negative else "zero"
            raise ValidationError(self.error_messages[code], code="zero")
        return amount

    def prepare_value(self, value: Any) -> Any:
        """Show an amount without grouping, so that it can be edited in place."""
        return format_plain(value).replace(".", active_marks()[0]) if isinstance(value, Money) else value


class DecimalTextField(NumberField):
    """A box for a plain decimal, read by one of the parsers of `billpay.money.value`."""

    def parse(self, text: str, **marks: str) -> Decimal:
        """Read the text, or raise InvalidAmount."""
        raise NotImplementedError

    def read(self, text: str) -> Decimal:
        decimal_mark, group_mark = active_marks()
        try:
            return self.parse(text, decimal_mark=decimal_mark, group_mark=group_mark)
        except InvalidAmount as error:
            raise ValidationError(str(error), code="invalid") from error


class RateField(DecimalTextField):
    """An exchange rate, base per unit of foreign: more than zero, at most 9 decimals."""

    def parse(self, text: str, **marks: str) -> Decimal:
        return parse_rate(text, **marks)


class QuantityField(DecimalTextField):
    """A quantity with at most 4 decimals; below zero only if `allow_negative`."""

    def __init__(self, *, allow_negative: bool = False, **kwargs: Any) -> None:
        self.allow_negative = allow_negative
        super().__init__(**kwargs)

    def parse(self, text: str, **marks: str) -> Decimal:
        return parse_quantity(text, allow_negative=self.allow_negative, **marks)


class PercentField(DecimalTextField):
    """A percentage from 0 to 100 with at most 4 decimals; a per-cent sign may be typed."""

    def parse(self, text: str, **marks: str) -> Decimal:
        return parse_percent(text, **marks)


class BusinessDateField(TypedField):
    """
    A day between 2000 and 2100, cleaned to `date`.

    Reads ISO, the active language's order of numbers (3/11/2026), months by name (3 Nov 2026), and the shorthands `t`,
    `+30`, `-5` and `eom`, which count from `base` if the form sets it (`self.fields["due_date"].base = issued_on`), and
    from today otherwise. A day after `latest`, if the form sets that, is refused as one in the future.
    """

    attributes: ClassVar = {"data-kind": "date"}
    default_error_messages: ClassVar = {"future": "{day} is in the future. Choose {latest} or an earlier day."}

    def __init__(
        self,
        *,
        base: date | None = None,
        latest: date | None = None,
        today: Callable[[], date] = timezone.localdate,
        **kwargs: Any,
    ) -> None:
        self.base, self.latest, self.today = base, latest, today
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> date | None:
        if isinstance(value, datetime):
            return value.date()
        cleaned: date | None = super().to_python(value)
        return cleaned

    def read(self, text: str) -> date:
        try:
            return read_day(text, today=self.today(), base=self.base, locale=active_locale())
        except InvalidDay as error:
            raise ValidationError(str(error), code="invalid") from error

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is not None and self.latest is not None and value > self.latest:
            latest = "today" if self.latest == self.today() else f"{self.latest:%-d %B %Y}"
            words = self.error_messages["future"].format(day=f"{value:%-d %B %Y}", latest=latest)
            raise ValidationError(words, code="future")

    def prepare_value(self, value: Any) -> Any:
        """Show ISO, which every language reads the same way and the browser's own picker understands."""
        return value.isoformat()[:10] if isinstance(value, date) else value
