"""
Working the schedule in the background.

A task may be killed at any moment and is not tried again by its queue. That does no harm: what it left is due as
before, and the next task finds it.
"""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from typing import Any

from django.tasks import TaskResult, TaskResultStatus, task
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from billpay.companies.models import Company
from billpay.payments import actions
from billpay.payments.actions import Worked

GIVEN_UP_AFTER = timedelta(hours=1)
"""No run of the schedule takes as long: its worker was killed."""


class ScheduleBroken(Exception):
    """Some payments could not be worked, by a fault of the program or the database. They are as they were."""


class WorkerGone(Exception):
    """A worker began and was not heard of again."""


@task
def run_schedule(companies: list[str] | None = None) -> dict[str, Any]:
    """
    Work the schedules of these companies, by slug, or of all. The day is that on which the task runs.

    :raises ClockWentBack: today is before the last run of one of them. Nothing is done then.
    :raises ScheduleBroken: after everything else has gone out.
    """
    chosen = Company.objects.order_by("slug")
    if companies is not None:
        chosen = chosen.filter(slug__in=companies)
    today = timezone.localdate()
    outcome = actions.work_schedules(companies=list(chosen), today=today)
    if broken := [f"{number}: {why}" for worked in outcome.values() for number, why in worked.broken.items()]:
        raise ScheduleBroken("; ".join(broken))
    return as_data(outcome, today)


def as_data(outcome: dict[Company, Worked], today: date) -> dict[str, Any]:
    """What was done, as JSON has it."""
    companies = [{"company": company.slug, **dataclasses.asdict(worked)} for company, worked in outcome.items()]
    return {"today": today.isoformat(), "companies": companies}


def enqueue(companies: list[str] | None) -> tuple[TaskResult[Any, Any], bool]:
    """
    Put a run on the queue, unless one like it waits there already. Gives the run, and whether it is new.

    Cron does this every few minutes, so it is also where runs of killed workers are swept up.
    """
    sweep()
    waiting = DBTaskResult.objects.filter(task_path=run_schedule.module_path, status=TaskResultStatus.READY)
    for row in waiting.order_by("enqueued_at"):
        if row.args_kwargs["kwargs"] == {"companies": companies}:
            return row.task_result, False
    return run_schedule.enqueue(companies=companies), True


def sweep() -> None:
    """Mark runs as failed whose workers were killed: nobody else ends them."""
    since = timezone.now() - GIVEN_UP_AFTER
    running = DBTaskResult.objects.filter(task_path=run_schedule.module_path, status=TaskResultStatus.RUNNING)
    for row in running.filter(started_at__lt=since):
        row.set_failed(WorkerGone("The worker was killed. What it left was done, or will be, by a later run."))
