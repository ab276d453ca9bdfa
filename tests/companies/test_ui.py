"""The pieces pages are drawn with."""

from datetime import date

import pytest
from django import forms
from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.core.paginator import Paginator
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from billpay.companies.lists import paginate, sorting
from billpay.companies.templatetags import ui


def get(query=""):
    return RequestFactory().get(f"/?{query}")


def test_a_status_says_its_state_in_words():
    assert "Partially paid</span>" in ui.status("partially_paid")


def test_an_unknown_status_is_neutral_and_readable():
    tag = ui.status("half_done")
    assert "tag-neutral" in tag
    assert "Half done" in tag


def test_labels_are_escaped():
    assert "<b>" not in ui.status("open", "<b>")
    assert "<b>" not in ui.icon("check", "<b>")


def test_a_sorted_column_turns_round_and_keeps_the_filters():
    header = ui.sort_th(Context({"request": get("tab=open&sort=due&page=3")}), "due", "Due")

    assert 'aria-sort="ascending"' in header
    assert 'href="?tab=open&amp;sort=-due"' in header


def test_a_column_that_is_not_sorted_says_nothing():
    assert "aria-sort" not in ui.sort_th(Context({"request": get()}), "due", "Due")


@pytest.mark.parametrize(
    ("day", "words"),
    [(16, "today"), (17, "tomorrow"), (19, "in 3 days"), (15, "1 day overdue"), (4, "12 days overdue")],
)
def test_due_dates_are_told_from_today(day, words):
    assert ui.relative_due(date(2026, 3, day), date(2026, 3, 16)) == words


@pytest.mark.parametrize("query", ["page=99", "page=x", "page=-1", "per=7", "per=9999999", "per=²"])
def test_pages_that_do_not_exist_are_answered_with_the_nearest(query):
    page = paginate(get(query), list(range(60)))

    assert page.paginator.per_page == 25
    assert page.object_list


def test_only_allowed_orders_are_taken():
    assert sorting(get("sort=-due"), allowed={"due"}, default="number") == "-due"
    assert sorting(get("sort=password"), allowed={"due"}, default="number") == "number"


def test_pagination_keeps_the_query():
    request = get("tab=open&page=2")
    html = render_to_string(
        "components/pagination.html", {"page": Paginator(range(143), 25).page(2), "noun": "bills"}, request=request
    )

    assert "tab=open&amp;page=3" in html
    assert "26–50" in html
    assert ">143<" in html


@pytest.mark.parametrize(
    ("noun", "count", "said"),
    [
        ("bills", 1, "bill"),
        ("bills to pay", 1, "bill to pay"),
        ("credit notes", 1, "credit note"),
        ("entries", 1, "entry"),
        ("batches", 1, "batch"),
        ("companies", 1, "company"),
        ("bills", 2, "bills"),
    ],
)
def test_one_of_a_kind_is_said_in_the_singular(noun, count, said):
    assert ui.counted(noun, count) == said


def test_a_single_page_says_how_many_there_are_and_no_range():
    html = render_to_string(
        "components/pagination.html", {"page": Paginator(range(1), 25).page(1), "noun": "bills"}, request=get("")
    )

    assert "–" not in html
    assert ">1</strong> bill<" in html


class AmountForm(forms.Form):
    amount = forms.CharField(label="Amount to pay", help_text="At most £35.85.")


def test_a_field_ties_hint_and_error_to_its_box():
    html = str(AmountForm({"amount": ""})["amount"].as_field_group())

    assert 'aria-describedby="id_amount_helptext id_amount_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_amount_error"' in html
    assert 'id="id_amount_helptext"' in html


def test_an_empty_field_says_what_to_enter_in_both_places():
    form = AmountForm({"amount": ""})

    summary = render_to_string("components/error_summary.html", {"form": form})

    assert "Enter the amount to pay." in summary
    assert "Enter the amount to pay." in str(form["amount"].as_field_group())


def test_a_unit_stands_outside_the_box():
    form = AmountForm()
    form.fields["amount"].unit = "GBP"

    assert '<span class="unit" aria-hidden="true">GBP</span>' in str(form["amount"].as_field_group())


def test_widgets_keep_their_own_classes():
    class Sized(forms.Form):
        number = forms.CharField(widget=forms.TextInput(attrs={"class": "width-5"}))

    assert 'class="form-control width-5"' in str(Sized()["number"])


def test_a_message_with_undo_is_a_form_that_stays():
    message = Message(messages.SUCCESS, "Paid.", extra_tags="undo:/demo/payments/3/void/")
    html = render_to_string("components/toasts.html#oob", {"messages": [message]}, request=get())

    assert 'action="/demo/payments/3/void/"' in html
    assert "data-stays" in html
    assert 'hx-swap-oob="beforeend:#toasts"' in html


@pytest.mark.parametrize("tag", ["undo:https://evil.test/", "undo://evil.test/", "undo:javascript:x"])
def test_undo_stays_on_this_site(tag):
    assert ui.undo_url(Message(messages.SUCCESS, "Paid.", extra_tags=tag)) == ""


def test_a_title_of_a_page_with_an_error_says_so():
    template = Template("{% load ui %}{% page_has_errors as wrong %}{{ wrong }}")

    assert template.render(Context({"error": "No."})) == "True"
    assert template.render(Context({"form": AmountForm()})) == "False"
