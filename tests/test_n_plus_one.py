"""The detector itself: a page that asks once per row raises, a page that asks once does not."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from zeal.errors import NPlusOneError

from billpay.companies.models import Membership
from tests.factories import CompanyFactory, member
from tests.n_plus_one import NPlusOneMiddleware

pytestmark = pytest.mark.django_db


@pytest.fixture
def _two_members():
    company = CompanyFactory()
    member(company)
    member(company)


def one_by_one(request: HttpRequest) -> HttpResponse:
    return HttpResponse(", ".join(membership.user.email for membership in Membership.objects.order_by("pk")))


def together(request: HttpRequest) -> HttpResponse:
    rows = Membership.objects.select_related("user")
    return HttpResponse(", ".join(membership.user.email for membership in rows))


@pytest.mark.usefixtures("_two_members")
def test_page_that_asks_once_per_row_raises():
    with pytest.raises(NPlusOneError):
        NPlusOneMiddleware(one_by_one)(RequestFactory().get("/"))


@pytest.mark.usefixtures("_two_members")
def test_page_that_asks_once_is_drawn():
    assert NPlusOneMiddleware(together)(RequestFactory().get("/")).status_code == 200


@pytest.mark.usefixtures("_two_members")
def test_action_may_take_its_rows_one_by_one():
    assert NPlusOneMiddleware(one_by_one)(RequestFactory().post("/")).status_code == 200


@pytest.mark.usefixtures("_two_members")
@pytest.mark.n_plus_one_allowed
def test_marked_test_is_left_alone():
    assert NPlusOneMiddleware(one_by_one)(RequestFactory().get("/")).status_code == 200
