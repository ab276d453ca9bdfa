"""What an operator chooses to prove."""

from __future__ import annotations

from django import forms

from billpay.companies.models import Company
from billpay.money.forms import BusinessDateField


class ProofForm(forms.Form):
    """One company, because every company at once may take longer than a page should."""

    company = forms.ModelChoiceField(Company.objects.order_by("name"))
    as_of = BusinessDateField(
        label="Control account as of", required=False, help_text="The end of this day; empty: all there is."
    )
    known_on = BusinessDateField(
        label="As known on", required=False, help_text="By what was entered by the end of this day; empty: until now."
    )
