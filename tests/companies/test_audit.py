"""The chained trail in a real database: written, tampered with, and found out."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from billpay.companies import audit, chain
from billpay.companies.guards import GUARDS
from billpay.companies.models import AuditEvent, AuditHead
from billpay.guards.triggers import triggers_of
from tests.factories import CompanyFactory, member

pytestmark = pytest.mark.django_db


def run(sql, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.fixture
def company():
    """A company whose trail has five lines."""
    company = CompanyFactory(slug="harbour")
    write(company, 5)
    return company


@pytest.fixture
def _intruder():
    """Someone with the rights of the schema's owner: the triggers are in nobody's way."""
    for trigger in triggers_of(GUARDS, connection.vendor):
        for sql in trigger.drop(connection.vendor):
            run(sql)


intruder = pytest.mark.usefixtures("_intruder")


def write(company, count, by=None, **detail):
    events = [
        audit.Event("bill.approved", company, f"Bill {n} approved", {"total_minor": n, **detail}) for n in range(count)
    ]
    audit.record_many(company=company, by=by, events=events)


def broken(company, head=None):
    return [found.words for found in audit.verify(company, head)]


def line(company, sequence):
    return AuditEvent.objects.get(company=company, sequence=sequence)


# Written


def test_lines_are_numbered_without_gaps_in_each_company(company):
    other = CompanyFactory()
    write(other, 2)
    write(company, 3, by=member(company))

    assert list(company.audit_events.order_by("id").values_list("sequence", flat=True)) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert list(other.audit_events.order_by("id").values_list("sequence", flat=True)) == [1, 2]
    assert [broken(company), broken(other)] == [[], []]


def test_the_head_knows_the_last_line(company):
    head = AuditHead.objects.get(company=company)

    assert (head.count, head.hash) == (5, line(company, 5).hash)


def test_nothing_to_write_leaves_no_head():
    company = CompanyFactory()

    write(company, 0)

    assert not AuditHead.objects.exists()
    assert audit.head_of(company) == chain.Head(company.pk, 0, "")
    assert broken(company) == []


def test_many_lines_take_as_many_statements_as_one(company, django_assert_num_queries):
    with django_assert_num_queries(3):
        write(company, 1)
    with django_assert_num_queries(3):
        write(company, 300)


def test_what_json_makes_of_a_detail_is_what_is_chained(company):
    write(company, 1, bills=(1, 2), by_number={7: "£"}, nested={"b": None, "a": [True, "ü"]})

    assert line(company, 6).detail == {
        "total_minor": 0,
        "bills": [1, 2],
        "by_number": {"7": "£"},
        "nested": {"a": [True, "ü"], "b": None},
    }
    assert broken(company) == []


def test_a_fraction_is_refused_since_databases_write_it_each_in_its_way(company):
    with pytest.raises(TypeError, match=r"0\.781 in a line of the trail is not exact"):
        write(company, 1, rate=0.781)


def test_a_long_trail_is_read_page_by_page(company, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(audit, "PAGE", 2)

    with django_assert_num_queries(2 + 4):
        assert broken(company) == []


def test_no_more_breaks_are_told_than_asked_for(company, settings):
    settings.AUDIT_KEY = "another key"

    assert len(audit.verify(company, most=3)) == 3


def test_the_key_follows_from_the_secret_key_unless_it_is_set(company, settings):
    settings.AUDIT_KEY = ""
    other = CompanyFactory()
    write(other, 1)
    settings.AUDIT_KEY = audit.derived_key()
    settings.SECRET_KEY = "a new one"

    assert broken(other) == []
    settings.AUDIT_KEY = ""
    assert broken(other) != []


# Refused by the database


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE companies_auditevent SET summary = 'Nothing happened' WHERE sequence = 3",
        "DELETE FROM companies_auditevent WHERE sequence = 5",
        'UPDATE companies_audithead SET "count" = 4',
        "UPDATE companies_audithead SET hash = 'x'",
        "DELETE FROM companies_audithead",
    ],
)
def test_the_database_refuses_to_change_the_trail(company, sql):
    with pytest.raises(IntegrityError, match="append-only|only grows|never deleted"):
        run(sql)

    assert broken(company) == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no INSERT OR REPLACE.")
@pytest.mark.parametrize("table", ["auditevent", "audithead"])
def test_no_row_is_replaced_by_another_of_its_number(company, table):
    with connection.cursor() as cursor:
        columns = [c.name for c in connection.introspection.get_table_description(cursor, f"companies_{table}")]
    own = ", ".join("id + 1000" if column == "id" else f'"{column}"' for column in columns)

    with pytest.raises(IntegrityError, match="takes another's"):
        run(f"INSERT OR REPLACE INTO companies_{table} SELECT {own} FROM companies_{table}")


# Found out, where the database did not refuse


@intruder
@pytest.mark.parametrize(
    "change",
    [
        "summary = 'Nothing happened'",
        "by_id = 1",
        "at = '2020-01-01 00:00:00+00:00'",
        "detail = '{}'",
        "target_id = '9'",
    ],
)
def test_a_line_that_was_changed_is_found(company, change):
    row = line(company, 3)
    member(company, pk=1)

    run(f"UPDATE companies_auditevent SET {change} WHERE id = {row.pk}")

    [found] = audit.verify(company)
    assert (found.id, found.sequence, found.words) == (row.pk, 3, "Line 3 is not what was written.")


@intruder
def test_a_line_that_was_removed_is_found(company):
    run("DELETE FROM companies_auditevent WHERE sequence = 3")

    assert broken(company) == ["Line 3 is missing."]


@intruder
def test_lines_that_changed_places_are_found(company):
    second, third = line(company, 2), line(company, 3)
    for pk, sequence in ((second.pk, 999), (third.pk, 2), (second.pk, 3)):
        run(f"UPDATE companies_auditevent SET sequence = {sequence} WHERE id = {pk}")

    assert {found.id for found in audit.verify(company)} >= {second.pk, third.pk}


@intruder
def test_a_line_that_was_slipped_in_is_found(company):
    last = line(company, 5)
    last.pk, last.sequence, last.previous_hash = None, 6, last.hash
    last.save()

    assert broken(company) == ["Line 6 is not what was written.", "The head says 5 lines, and there are 6."]


@intruder
def test_a_line_moved_to_another_company_is_found_in_both(company):
    other = CompanyFactory()
    run(f"UPDATE companies_auditevent SET company_id = {other.pk}, sequence = 1 WHERE sequence = 5")

    assert broken(company) == ["The end is missing: there were 5 lines, and 4 are left."]
    assert "Line 1 is not what was written." in broken(other)


@intruder
def test_a_tail_cut_off_is_found_by_the_head(company):
    run("DELETE FROM companies_auditevent WHERE sequence = 5")

    assert broken(company) == ["The end is missing: there were 5 lines, and 4 are left."]


@intruder
def test_a_tail_cut_off_with_the_head_put_back_is_found_by_its_seal(company):
    run("DELETE FROM companies_auditevent WHERE sequence = 5")
    run('UPDATE companies_audithead SET "count" = 4, hash = %s', line(company, 4).hash)

    assert broken(company) == ["The head is not what was written."]


@intruder
def test_a_trail_put_back_to_an_old_copy_is_found_by_a_head_kept_elsewhere():
    company = CompanyFactory()
    write(company, 4)
    old = AuditHead.objects.get(company=company)
    write(company, 1)
    kept = audit.head_of(company)
    run("DELETE FROM companies_auditevent WHERE sequence = 5")
    run('UPDATE companies_audithead SET "count" = 4, hash = %s, seal = %s', old.hash, old.seal)

    assert broken(company) == []
    assert broken(company, kept) == ["The end is missing: there were 5 lines, and 4 are left."]


@intruder
def test_a_head_that_was_removed_is_found(company):
    run("DELETE FROM companies_audithead")

    assert broken(company) == ["The head is gone: there are 5 lines."]


@intruder
def test_everything_removed_is_found_by_a_head_kept_elsewhere(company):
    kept = audit.head_of(company)
    run("DELETE FROM companies_auditevent")
    run("DELETE FROM companies_audithead")

    assert broken(company, kept) == ["The end is missing: there were 5 lines, and 0 are left."]


# Gathered


def test_gathered_lines_are_written_at_the_end_in_their_order(company):
    with audit.gathered():
        write(company, 1, step="first")
        write(CompanyFactory(), 1)
        write(company, 2, step="second")
        assert company.audit_events.count() == 5

    assert [company.audit_events.get(sequence=n).detail["step"] for n in (6, 7, 8)] == ["first", "second", "second"]
    assert broken(company) == []


def test_gathered_lines_carry_the_time_at_which_each_happened(company, time_machine):
    with audit.gathered():
        time_machine.move_to("2026-03-16 09:00:00+00:00")
        write(company, 1)
        time_machine.move_to("2026-03-16 09:05:00+00:00")
        write(company, 1)

    assert [line(company, n).at.minute for n in (6, 7)] == [0, 5]


def test_a_block_within_a_block_leaves_the_writing_to_the_outer_one(company):
    with audit.gathered():
        with audit.gathered():
            write(company, 1)
        assert company.audit_events.count() == 5

    assert company.audit_events.count() == 6


def test_a_block_that_fails_writes_nothing(company):
    def fail():
        with audit.gathered():
            write(company, 1)
            raise DatabaseError

    with pytest.raises(DatabaseError):
        fail()
    write(company, 1)
    assert company.audit_events.count() == 6


def test_lines_of_a_step_that_was_taken_back_are_not_written(company):
    @transaction.atomic
    def fail():
        write(company, 1, step="taken back")
        raise DatabaseError

    with audit.gathered():
        write(company, 1, step="kept")
        with pytest.raises(DatabaseError):
            fail()

    assert [event.detail.get("step") for event in company.audit_events.filter(sequence__gt=5)] == ["kept"]
