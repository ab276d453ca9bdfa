"""Loading the demo where it cannot be loaded, and on other days."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from billpay.companies.models import Company, User
from billpay.home.demo import seed
from tests.factories import CompanyFactory

pytestmark = pytest.mark.django_db


def test_a_taken_second_slug_is_refused_and_nothing_written():
    CompanyFactory(slug="tideway")

    with pytest.raises(CommandError, match="Nothing was written"):
        call_command("seed_demo", stdout=StringIO(), stderr=StringIO())

    assert Company.objects.count() == 1
    assert not User.objects.exists()


@pytest.mark.parametrize("today", [date(2027, 1, 1)])
def test_it_can_be_loaded_on_any_day(today):
    assert seed(today=today)

    assert Company.objects.get(slug="demo").bills.count() == 150
