"""The page after paying: what was made, what waits and when it goes out."""

from __future__ import annotations

from urllib.parse import urlencode

from django.db.models import Count, Max, Min, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from billpay.companies.access import Permission, owned, requires
from billpay.companies.lists import paginate
from billpay.companies.models import Company
from billpay.payments.actions import Ordered, blocked
from billpay.payments.forms.going import Then
from billpay.payments.models import PaymentStatus

STEPS = ["Pick", "Allocate", "Review", "Done"]


def result_of(company: Company, ordered: Ordered, *, then: Then) -> str:
    """The address that shows what was made: one payment's or batch's own page where that is all there is to say."""
    payments, batches = ordered.payments, ordered.batches
    if then != Then.SUBMIT and len(payments) + len(batches) == 1:
        is_done = then == Then.RECORD
        if payments:
            return reverse("payments:done" if is_done else "payments:detail", args=[company.slug, payments[0].pk])
        return reverse("payments:batch_done" if is_done else "payments:batch", args=[company.slug, batches[0].pk])
    made = Q(pk__in=[payment.pk for payment in payments]) | Q(batch__in=batches)
    ends = company.payments.filter(made).aggregate(first=Min("pk"), last=Max("pk"))
    return f"{reverse('payments:ordered', args=[company.slug])}?{urlencode(ends)}"


@require_safe
@requires(Permission.VIEW)
def ordered(request: HttpRequest, company: Company) -> HttpResponse:
    """
    The payments from `?first=` to `?last=`, each as it is now: an address that may be reloaded and kept.

    Those made in one go have no other of the company's between them: its counter is locked until all are numbered.
    """
    if "first" not in request.GET:
        return redirect("payments:list", company.slug)
    ends = owned(company.payments.all(), [request.GET["first"], request.GET.get("last", request.GET["first"])])
    payments = company.payments.filter(pk__range=(ends[0].pk, ends[-1].pk))
    counts = payments.aggregate(
        total=Count("pk"),
        waiting=Count("pk", filter=Q(status=PaymentStatus.AWAITING_APPROVAL)),
        scheduled=Count("pk", filter=Q(status=PaymentStatus.SCHEDULED)),
        drafts=Count("pk", filter=Q(status=PaymentStatus.DRAFT)),
    )
    counts["submitted"] = counts["waiting"] + counts["scheduled"]
    rows = payments.select_related("company", "supplier", "bank_account", "batch").order_by("paid_on", "pk")
    page = paginate(request, rows, per_page=50)
    stops = blocked(page.object_list)
    in_the_way = [(payment, stops[payment.pk]) for payment in page.object_list if payment.pk in stops]
    context = {"page": page, "counts": counts, "steps": STEPS, "blocked": in_the_way}
    return render(request, "payments/ordered.html", context)
