"""Doing one thing to several payments: each by itself, and what became of each is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from billpay.companies.refusals import Refused
from billpay.payments.models import Payment


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one payment: `why` it was left as it was, or "" if it was done."""

    payment: Payment
    why: str = ""


def each(payments: Iterable[Payment], act: Callable[[Payment], Payment]) -> list[Result]:
    """Each in a transaction of its own: one that is refused keeps no other from being done."""
    results = []
    for payment in payments:
        try:
            results.append(Result(act(payment)))
        except Refused as refusal:
            results.append(Result(payment, str(refusal)))
    return results


def draw_results(
    request: HttpRequest, results: Sequence[Result], *, word: str, back_href: str, back_text: str
) -> HttpResponse:
    """The page that says it: 422 if nothing at all was done."""
    done = [result.payment for result in results if not result.why]
    context = {
        "done": done,
        "skipped": [result for result in results if result.why],
        "word": word,
        "back_href": back_href,
        "back_text": back_text,
    }
    return render(request, "payments/results.html", context, status=200 if done else 422)
