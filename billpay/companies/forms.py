"""Forms of people and companies."""

from __future__ import annotations

from typing import Any

from django import forms

from billpay.companies.models import Company, Role, TaxRounding, Theme, User
from billpay.money.forms import BusinessDateField

LOCALES = [
    ("", "As the server is set"),
    ("en-GB", "English, United Kingdom: 1,234.50 · 31/12/2026"),
    ("en-IE", "English, Ireland: 1,234.50 · 31/12/2026"),
    ("en-AU", "English, Australia: 1,234.50 · 31/12/2026"),
    ("en-US", "English, United States: 1,234.50 · 12/31/2026"),
    ("de-DE", "German: 1.234,50 · 31.12.2026"),
    ("fr-FR", "French: 1 234,50 · 31/12/2026"),
    ("es-ES", "Spanish: 1234,50 · 31/12/2026"),
    ("it-IT", "Italian: 1.234,50 · 31/12/2026"),
    ("nl-NL", "Dutch: 1.234,50 · 31-12-2026"),
]
ROLE_HINTS = {
    Role.VIEWER: "sees everything, changes nothing",
    Role.BOOKKEEPER: "enters bills, makes payments, reconciles",
    Role.APPROVER: "also approves and voids",
    Role.OWNER: "also manages members, accounts and settings",
}


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """A person's own choices. The address they sign in by is changed by an operator."""

    locale = forms.ChoiceField(
        label="Language and number format",
        choices=LOCALES,
        required=False,
        help_text="How amounts and dates are shown, and how those you type are read.",
    )

    class Meta:
        model = User
        fields = ("name", "theme", "locale", "shortcuts")
        widgets = {"theme": forms.RadioSelect}
        labels = {"name": "Full name", "theme": "Appearance", "shortcuts": "Use single-key shortcuts"}
        help_texts = {
            "shortcuts": "Such as / to search and j, k to move. Switch them off if they get in the way of your "
            "screen reader or voice control."
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["theme"].choices = Theme.choices  # type: ignore[attr-defined]
        self.fields["locale"].show_optional = False  # type: ignore[attr-defined]
        self.fields["name"].widget.attrs.update(autocomplete="name")


class MemberForm(forms.Form):
    email = forms.EmailField(
        label="Email address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter the email address of the person to add."},
    )
    role = forms.ChoiceField(
        label="Role",
        widget=forms.RadioSelect,
        choices=[(role.value, f"{role.label}: {hint}") for role, hint in ROLE_HINTS.items()],
        initial=Role.BOOKKEEPER,
        error_messages={"required": "Choose what they may do."},
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)


class SettingsForm(forms.Form):
    name = forms.CharField(
        label="Company name",
        max_length=120,
        error_messages={"required": "Enter the company’s name, as it is to stand on remittance advices."},
    )
    address = forms.CharField(
        label="Address", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"})
    )
    tax_number = forms.CharField(
        label="Tax number", required=False, max_length=40, widget=forms.TextInput(attrs={"class": "width-20"})
    )
    tax_rounding = forms.ChoiceField(
        label="Round tax",
        choices=TaxRounding.choices,
        widget=forms.RadioSelect,
        help_text="For bills entered from now on. Bills that exist keep their figures.",
    )
    locked_through = BusinessDateField(
        label="Books locked through",
        required=False,
        help_text="Nothing is posted on or before this day, for example 31/12/2025. Leave empty to lock nothing.",
        widget=forms.TextInput(attrs={"class": "width-10"}),
    )

    @classmethod
    def showing(cls, company: Company) -> SettingsForm:
        return cls(initial={name: getattr(company, name) for name in cls.base_fields})
