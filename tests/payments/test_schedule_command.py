"""`manage.py run_schedule`, and the same as a task."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from unittest import mock

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.tasks import TaskResultStatus
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from billpay.bills import actions as bills
from billpay.payments import tasks
from billpay.payments.actions import working
from billpay.payments.models import ScheduleClock
from tests.factories import TODAY, BankAccountFactory, CompanyFactory, SupplierFactory, member
from tests.payments.scheduled import scheduled

pytestmark = pytest.mark.django_db
NOW = f"{TODAY.isoformat()}T09:00:00+00:00"


@pytest.fixture(autouse=True)
def _nine_in_the_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def payment(account, supplier, user):
    return scheduled(account=account, by=user, supplier=supplier)


@pytest.fixture
def queue(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


def run(*arguments: str, **options: object) -> tuple[str, str]:
    """Standard output and standard error."""
    out, err = StringIO(), StringIO()
    call_command("run_schedule", *arguments, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def test_it_pays_what_is_due_and_says_so(payment, company):
    out, err = run()

    payment.refresh_from_db()
    assert payment.status == "completed"
    assert out == f"{company}: 1 paid.\nDone.\n"
    assert err == ""


def test_it_says_why_a_payment_is_stopped(payment, user):
    bill = payment.allocations.get().bill
    bills.hold(bill=bill, reason="Wrong price", until=None, today=TODAY, by=user)

    out, _ = run()

    assert f"  {payment.number} stopped: Bill {bill.number} is on hold: Wrong price." in out


def test_json_is_one_object(payment, company):
    out, _ = run("--json")

    assert json.loads(out) == {
        "dry_run": False,
        "today": "2026-03-16",
        "companies": [
            {
                "company": "harbour",
                "completed": [payment.number],
                "processing": [],
                "stopped": {},
                "waiting": {},
                "broken": {},
            }
        ],
    }


def test_a_dry_run_prints_the_same_and_changes_nothing(payment, company):
    out, _ = run("--dry-run")

    payment.refresh_from_db()
    assert payment.status == "scheduled"
    assert out == f"{company}: 1 paid.\nDRY RUN. Nothing was changed.\n"


def test_verbosity_2_names_each_payment_and_0_says_nothing(payment):
    assert f"  {payment.number} paid\n" in run("--dry-run", verbosity=2)[0]
    assert run(verbosity=0) == ("", "")


def test_only_the_companies_asked_for_are_worked(payment):
    other = CompanyFactory(slug="other")
    supplier = SupplierFactory(company=other)
    theirs = scheduled(account=BankAccountFactory(company=other), by=member(other), supplier=supplier)

    run("--company", "other")

    payment.refresh_from_db()
    theirs.refresh_from_db()
    assert (payment.status, theirs.status) == ("scheduled", "completed")


def test_an_unknown_company_is_refused(payment):
    with pytest.raises(CommandError, match="There is no company nowhere"):
        run("--company", "harbour", "nowhere")
    payment.refresh_from_db()
    assert payment.status == "scheduled"


def test_a_clock_that_went_back_stops_the_run_for_every_company(payment):
    ScheduleClock.objects.create(company=CompanyFactory(name="Zephyr"), worked_on=TODAY + timedelta(days=1))

    with pytest.raises(CommandError, match="Zephyr: today is 16 March 2026, but the schedule was worked on 17 March"):
        run()

    payment.refresh_from_db()
    assert payment.status == "scheduled"


def test_resetting_the_clock_pays_nothing_and_lets_the_next_run_pay(payment, company):
    ScheduleClock.objects.create(company=company, worked_on=TODAY + timedelta(days=1))

    out, _ = run("--reset-clock")

    assert out == "The schedule's clock is 16 March 2026 for harbour. Nothing was paid.\n"
    payment.refresh_from_db()
    assert payment.status == "scheduled"
    run()
    payment.refresh_from_db()
    assert payment.status == "completed"


def test_another_day_can_be_given_and_one_to_come_is_pointed_out(account, supplier, user):
    payment = scheduled(account=account, by=user, supplier=supplier, on=TODAY + timedelta(days=1))

    _, err = run("--today", "2026-03-17")

    payment.refresh_from_db()
    assert payment.status == "completed"
    assert "17 March 2026 has not come yet." in err


def test_what_is_no_day_is_refused():
    with pytest.raises(CommandError, match="'17/03/2026' is no day; write it as in 2026-03-16"):
        run("--today", "17/03/2026")


def test_a_payment_that_breaks_is_reported_with_exit_1(payment, capsys):
    with mock.patch.object(working, "_send", side_effect=ZeroDivisionError("by zero")):
        out = StringIO()
        with pytest.raises(CommandError, match="could not be worked") as refusal:
            call_command("run_schedule", stdout=out)

    assert refusal.value.returncode == 1
    assert f"  {payment.number} broken: by zero" in out.getvalue()


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-03-28T23:59:00+00:00", "2026-03-28"),
        ("2026-03-29T00:00:00+00:00", "2026-03-29"),
        ("2026-03-29T22:59:00+00:00", "2026-03-29"),
        ("2026-03-29T23:00:00+00:00", "2026-03-30"),
        ("2026-10-24T23:00:00+00:00", "2026-10-25"),
        ("2026-10-25T23:59:00+00:00", "2026-10-25"),
    ],
)
def test_the_day_is_that_of_the_place_on_the_days_on_which_its_clocks_change(company, moment, day):
    with time_machine.travel(moment, tick=False):
        assert json.loads(run("--json")[0])["today"] == day


def test_enqueue_without_a_queue_works_at_once(payment):
    out, _ = run("--enqueue")

    payment.refresh_from_db()
    assert payment.status == "completed"
    assert "Done at once" in out


def test_enqueue_without_a_queue_says_what_went_wrong(payment, company):
    ScheduleClock.objects.create(company=company, worked_on=TODAY + timedelta(days=1))

    with pytest.raises(CommandError, match="ClockWentBack: .*today is 16 March 2026"):
        run("--enqueue")


def test_enqueue_puts_one_run_on_the_queue_and_no_second_one_like_it(queue, payment):
    out, _ = run("--enqueue")
    again, warning = run("--enqueue")

    assert DBTaskResult.objects.count() == 1
    assert "On the queue" in out
    assert "waiting on the queue since 2026-03-16 09:00" in again
    assert "Is a db_worker running?" in warning
    payment.refresh_from_db()
    assert payment.status == "scheduled"


@pytest.mark.django_db(transaction=True)
def test_a_worker_of_the_queue_pays(queue, payment):
    run("--enqueue", "--company", "harbour")

    call_command("db_worker", batch=True, startup_delay=False, verbosity=0, reload=False)

    payment.refresh_from_db()
    row = DBTaskResult.objects.get()
    assert (payment.status, row.status) == ("completed", TaskResultStatus.SUCCESSFUL)
    assert row.return_value["companies"][0]["completed"] == [payment.number]


def test_a_run_whose_worker_was_killed_is_swept_up_by_the_next(queue, payment):
    tasks.run_schedule.enqueue(companies=None)
    killed = DBTaskResult.objects.get()
    killed.claim("worker")

    with time_machine.travel(timezone.now() + timedelta(minutes=61), tick=False):
        run("--enqueue")

    killed.refresh_from_db()
    assert (killed.status, killed.exception_class_path) == ("FAILED", "billpay.payments.tasks.WorkerGone")
    assert DBTaskResult.objects.exclude(pk=killed.pk).get().status == TaskResultStatus.READY


def test_a_run_that_has_just_begun_is_left_alone(queue):
    tasks.run_schedule.enqueue(companies=None)
    DBTaskResult.objects.get().claim("worker")

    with time_machine.travel(timezone.now() + timedelta(minutes=59), tick=False):
        run("--enqueue")

    assert set(DBTaskResult.objects.values_list("status", flat=True)) == {"RUNNING", "READY"}


def test_a_task_fails_when_a_payment_could_not_be_worked(payment):
    with mock.patch.object(working, "_send", side_effect=ZeroDivisionError("by zero")):
        result = tasks.run_schedule.enqueue(companies=None)

    assert result.status == TaskResultStatus.FAILED
    assert f"ScheduleBroken: {payment.number}: by zero" in result.errors[0].traceback


@pytest.mark.parametrize("option", ["--dry-run", "--reset-clock", "--today=2026-03-16"])
def test_what_a_queued_run_cannot_do_is_refused(option):
    with pytest.raises(CommandError, match="--enqueue goes with --company alone"):
        run("--enqueue", option)
