import pytest

from billpay.suppliers.similar import similar


@pytest.mark.parametrize(
    ("typed", "there"),
    [
        ("Acme Paper", "ACME Paper Ltd."),
        ("Acme Papers", "Acme Paper Limited"),
        ("Paper, Acme", "Acme Paper"),
        ("O’Neill & Sons", "ONeill and Sons Ltd"),
        ("Müller GmbH", "Müller AG"),
    ],
)
def test_the_same_name_written_otherwise_is_found(typed, there):
    assert similar(typed, [(7, there)]) == [(7, there)]


@pytest.mark.parametrize(
    ("typed", "there"), [("Acme Paper", "Acme Glass"), ("Northgate Power", "Southgate Tower"), ("", "Acme"), ("?", "!")]
)
def test_other_names_are_not(typed, there):
    assert similar(typed, [(7, there)]) == []


def test_a_name_of_company_forms_alone_still_counts():
    assert similar("The Company Ltd", [(1, "The Company Ltd")]) == [(1, "The Company Ltd")]


def test_the_likest_come_first():
    found = similar("Acme Paper", [(1, "Acme Papers"), (2, "Acme Paper")])

    assert [pk for pk, _ in found] == [2, 1]
