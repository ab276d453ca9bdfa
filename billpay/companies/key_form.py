"""The form that is carried out once, whichever room it is in (rule 16)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django import forms

from billpay.companies import idempotency
from billpay.companies.access import MemberRequest
from billpay.companies.models import Company


class KeyForm(forms.Form):
    """A form that is carried out once: `key` is made when it is drawn."""

    key = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={
            "required": "This form came without its key. Load the page again and send it from there.",
            "invalid": "This form came with a broken key. Load the page again and send it from there.",
        },
    )

    def __init__(self, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = {"key": uuid.uuid4(), **(kwargs.get("initial") or {})}
        super().__init__(data, label_suffix="", **kwargs)

    def content(self) -> dict[str, str]:
        """What was sent, for the guard against a second time."""
        return {name: str(self.data.get(name, "")).strip() for name in self.fields if name != "key"}


def once(request: MemberRequest, company: Company, form: KeyForm, act: Callable[[], str]) -> str:
    """
    Do what a valid form asks, at most once: the address that `act` returned, also when the form comes again.

    :raises KeyReused: the form came before with other content.
    """
    return idempotency.once(
        company=company,
        key=form.cleaned_data["key"],
        content=form.content(),
        by=request.user,
        path=request.path,
        act=act,
    )
