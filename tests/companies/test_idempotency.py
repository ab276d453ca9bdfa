"""One form, one result (rule 16)."""

import io
import json
import uuid
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from billpay.companies import audit, idempotency
from billpay.companies.idempotency import Answer, KeyReused
from billpay.companies.models import IdempotencyKey
from billpay.companies.refusals import Refused
from tests.factories import CompanyFactory, member

pytestmark = pytest.mark.django_db


class Form:
    """A form as it was drawn once; each `send` posts it."""

    def __init__(self):
        self.company = CompanyFactory()
        self.owner = member(self.company)
        self.key = uuid.uuid4()
        self.done = 0

    def send(self, answer=Answer("/harbour/payments/1/"), **changes):  # noqa: B008  It is frozen.
        def act():
            self.done += 1
            audit.record(company=self.company, verb="test", target=self.company, by=None, summary="Done")
            if isinstance(answer, Exception):
                raise answer
            return answer

        defaults = {
            "company": self.company,
            "key": self.key,
            "content": {"amount": 10_00},
            "by": self.owner,
            "path": "/harbour/pay/",
        }
        return idempotency.answer_once(act=act, **{**defaults, **changes})


@pytest.fixture
def form():
    return Form()


@pytest.mark.parametrize(
    "answer",
    [
        Answer("/harbour/payments/1/"),
        Answer("/harbour/payments/1/", message="Payment PAY-1 recorded."),
        Answer(status=200, body="<p>Matched.</p>", message="Matched."),
    ],
    ids=["address", "address and message", "page"],
)
def test_the_same_form_again_gets_the_first_answer_word_for_word(form, answer):
    first = form.send(answer)
    again = form.send(Answer("/elsewhere/"))

    assert first == again == answer
    assert form.done == 1
    assert form.company.audit_events.count() == 1


@pytest.mark.parametrize(
    "change",
    [{"content": {"amount": 20_00}}, {"path": "/harbour/other/"}, {"method": "PATCH"}, {"by": None}],
    ids=["content", "path", "method", "person"],
)
def test_the_same_key_with_anything_else_is_refused(form, change):
    form.send()
    if "by" in change:
        change = {"by": member(form.company)}

    with pytest.raises(KeyReused, match="sent before with other content"):
        form.send(**change)

    assert form.done == 1


def test_the_order_in_which_values_were_posted_makes_no_difference(form):
    form.send(content={"amount": 10_00, "bill": 7})
    form.send(content={"bill": 7, "amount": 10_00})

    assert form.done == 1


def test_another_company_may_have_the_same_key(form):
    other = CompanyFactory()
    form.send()
    form.send(company=other)

    assert form.done == 2


def test_a_refused_form_may_be_corrected_and_sent_with_its_key(form):
    with pytest.raises(Refused, match="too much"):
        form.send(Refused("That is too much."))
    assert not IdempotencyKey.objects.exists()
    assert not form.company.audit_events.exists()

    form.send(content={"amount": 5_00})
    assert form.company.audit_events.count() == 1


def test_once_gives_the_address_alone(form):
    values = {"company": form.company, "key": form.key, "content": {}, "by": form.owner}

    assert idempotency.once(act=lambda: "/first/", **values) == "/first/"
    assert idempotency.once(act=lambda: "/second/", **values) == "/first/"


def test_what_was_asked_is_kept_beside_the_answer(form):
    form.send()

    kept = IdempotencyKey.objects.get()
    assert (kept.method, kept.path, kept.by, kept.status) == ("POST", "/harbour/pay/", form.owner, 303)


# Forgetting


def purge(*arguments):
    out = io.StringIO()
    call_command("purge_keys", *arguments, stdout=out, no_color=True)
    return out.getvalue()


def sent_days_ago(form, days):
    form.send(key=uuid.uuid4())
    newest = IdempotencyKey.objects.latest("id")
    IdempotencyKey.objects.filter(pk=newest.pk).update(created_at=timezone.now() - timedelta(days=days))
    return newest


def test_keys_of_long_ago_are_forgotten(form):
    sent_days_ago(form, 91)
    kept = sent_days_ago(form, 89)

    assert purge() == "1 key deleted.\n"
    assert IdempotencyKey.objects.get() == kept


def test_a_dry_run_forgets_nothing(form):
    sent_days_ago(form, 31)

    assert json.loads(purge("--older-than", "30", "--dry-run", "--json")) == {"dry_run": True, "keys": 1}
    assert IdempotencyKey.objects.count() == 1


@pytest.mark.parametrize("days", ["14", "0", "-1", "99999999"])
def test_keys_of_forms_that_may_be_sent_again_stay(days):
    with pytest.raises(CommandError, match="Give at most|give more than that"):
        purge("--older-than", days)
