"""Reading CSV statements: bytes to rows, or a refusal with line and reason."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billpay.banking.statements.csv import read_csv, sample
from billpay.banking.statements.dates import DateOrder, read_date
from billpay.banking.statements.profile import CsvProfile, InvalidProfile, OutSign
from billpay.banking.statements.proposal import propose
from billpay.banking.statements.rows import UnreadableStatement
from billpay.banking.statements.table import read_table

MB = 1024 * 1024
SIGNED = CsvProfile(date="Date", amount="Amount", description="Text")
SPLIT = CsvProfile(date="Date", money_out="Out", money_in="In", out_sign=OutSign.PLAIN)


def read(text, profile=SIGNED, currency="GBP"):
    data = text if isinstance(text, bytes) else text.encode()
    return read_csv(data, profile=profile, currency=currency, max_bytes=MB)


def refusal(text, profile=SIGNED, currency="GBP"):
    with pytest.raises(UnreadableStatement) as caught:
        read(text, profile, currency)
    return caught.value


def test_reads_day_amount_and_text():
    (row,) = read("Date,Amount,Text\n2026-03-16,-135.85,Power Direct\n").rows

    assert (row.line_no, row.booked_on, row.minor, row.description) == (2, date(2026, 3, 16), -13585, "Power Direct")


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_finds_what_parts_the_cells(mark):
    text = "Date,Amount,Text\n2026-03-16,5.00,A b\n2026-03-17,6.00,C d\n".replace(",", mark)

    assert [row.minor for row in read(text).rows] == [500, 600]


def test_semicolons_win_over_commas_inside_numbers():
    profile = CsvProfile(date="Datum", amount="Betrag", date_order=DateOrder.DMY, decimal_mark=",")

    (row,) = read("Datum;Text;Betrag\n16.03.2026;Müller, Köln;-1.234,50\n", profile).rows

    assert (row.booked_on, row.minor) == (date(2026, 3, 16), -123450)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_reads_the_usual_encodings(encoding):
    data = "Date,Amount,Text\n2026-03-16,5.00,Café Zoë – £\n".encode(encoding)

    assert read(data).rows[0].description == "Café Zoë – £"


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ("12.50", 1250),
        ("+12.50", 1250),
        ("-12.50", -1250),
        ("−12.50", -1250),
        ("12.50-", -1250),
        ("(12.50)", -1250),
        ("£12.50", 1250),
        ("-£12.50", -1250),
        ('"1,234.50"', 123450),
        ("1'234.50", 123450),
        ("GBP 12", 1200),
    ],
)
def test_amounts_as_banks_write_them(written, minor):
    assert read(f"Date,Amount,Text\n2026-03-16,{written},x\n").rows[0].minor == minor


@pytest.mark.parametrize(
    "written", ["abc", "12.505", "1e5", "NaN", "--5.00", "-5.00-", "(-5.00)", '"1.234,50"', "12.", "٣", '"12,5"', "+-5"]
)
def test_an_amount_that_cannot_be_read_is_refused_with_its_line(written):
    why = str(refusal(f"Date,Amount,Text\n2026-03-16,5.00,fine\n2026-03-17,{written},x\n"))

    assert why.startswith("Line 3: The amount ")


def test_the_currency_says_how_many_decimals():
    assert read("Date,Amount,Text\n2026-03-16,1500,x\n", currency="JPY").rows[0].minor == 1500
    assert "JPY has none" in str(refusal("Date,Amount,Text\n2026-03-16,15.00,x\n", currency="JPY"))


def test_money_out_without_a_sign_can_be_said():
    profile = CsvProfile(date="Date", amount="Amount", out_sign=OutSign.PLAIN)

    assert [row.minor for row in read("Date,Amount\n2026-03-16,5.00\n2026-03-16,-7.00\n", profile).rows] == [-500, 700]


def test_separate_columns_for_out_and_in():
    parsed = read("Date,Out,In\n2026-03-16,5.00,\n2026-03-17,,7.00\n2026-03-18,9.00,0.00\n", SPLIT)

    assert [row.minor for row in parsed.rows] == [-500, 700, -900]


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ("5.00,7.00", "Both money out and money in are filled"),
        (",", "both money out and money in are empty"),
        ("-5.00,", "negative, and it was said to be written without a sign"),
        (",-5.00", "in money in is negative"),
    ],
)
def test_separate_columns_refuse_what_cannot_be_told(cells, why):
    assert why in str(refusal(f"Date,Out,In\n2026-03-16,{cells}\n", SPLIT))


def test_money_out_with_a_minus_in_its_own_column():
    profile = CsvProfile(date="Date", money_out="Out", money_in="In", out_sign=OutSign.MINUS)

    assert read("Date,Out,In\n2026-03-16,-5.00,\n", profile).rows[0].minor == -500
    assert "has no minus" in str(refusal("Date,Out,In\n2026-03-16,5.00,\n", profile))


def test_lines_of_zero_are_left_out_with_a_note():
    parsed = read("Date,Amount,Text\n2026-03-16,0.00,Info\n2026-03-17,5.00,x\n")

    assert len(parsed.rows) == 1
    assert [str(note) for note in parsed.notes] == ["Line 2: Its amount is zero and it is left out."]


def test_blank_lines_are_nothing_and_totals_without_date_and_amount_are_noted():
    parsed = read("Date,Amount,Text\n\n2026-03-17,5.00,x\n,,\n,,End of list\n")

    assert [note.line_no for note in parsed.notes] == [5]


def test_a_missing_date_is_refused():
    assert str(refusal("Date,Amount,Text\n,5.00,x\n")) == "Line 2: The date is missing."


def test_every_unreadable_line_is_named():
    error = refusal("Date,Amount,Text\n2026-03-16,x,a\nyesterday,5.00,b\n2026-03-18,5.00,c\n")

    assert [problem.line_no for problem in error.problems] == [2, 3]


def test_a_cell_too_many_is_refused():
    why = str(refusal("Date,Amount,Text\n2026-03-16,5.00,a\n2026-03-17,5.00,b,c\n"))

    assert why.startswith("Line 3: It has 4 cells where 3 are usual")


def test_line_numbers_count_lines_inside_quotation_marks():
    assert refusal('Date,Amount,Text\n2026-03-16,5.00,"a\nb"\n2026-03-17,x,c\n').problems[0].line_no == 4


def test_text_before_the_table_is_left_out_with_a_note():
    parsed = read("Statement of account\nAccount;123\n\nDate;Amount;Text\n2026-03-16;5.00;x\n2026-03-17;6.00;y\n")

    assert len(parsed.rows) == 2
    assert "first 2 lines" in str(parsed.notes[0])


def test_columns_without_a_header_are_counted():
    profile = CsvProfile(date="Column 1", amount="Column 3", header=False)

    assert read("2026-03-16,x,5.00\n2026-03-17,y,6.00\n", profile).rows[0].line_no == 1


def test_equal_names_of_columns_are_told_apart():
    table = read_table(b"Date,Text,Text,\n1,2,3,4\n", max_bytes=MB)

    assert table.labels(header=True) == ("Date", "Text", "Text (2)", "Column 4")


def test_a_column_that_is_not_there_is_refused():
    assert "no column Amount" in str(refusal("Date,Sum,Text\n2026-03-16,5.00,x\n"))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"\n\n \n", "empty"),
        (b"Date,Amount,Text\n", "no transactions"),
        (b"just text\nmore text\n", "No columns"),
        (b"PK\x03\x04 workbook", "Excel workbook"),
        (b"%PDF-1.7", "a PDF"),
        (b"Date,Amount\n2026-03-16,5.00\x00\n", "Line 2: A NUL byte"),
        (b"Date,Amount\n2026-03-16,\x81\n", "not text"),
        (b'Date,Amount\n2026-03-16,"5.00\n', "quotation marks"),
        (b"x" * (MB + 1), "larger than 1 MB"),
    ],
)
def test_what_is_no_csv_is_refused(data, why):
    assert why in str(refusal(data))


def test_too_many_lines_are_refused(monkeypatch):
    monkeypatch.setattr("billpay.banking.statements.table.MAX_ROWS", 2)

    assert "more than 2 lines" in str(refusal("Date,Amount\n" + "2026-03-16,5.00\n" * 3))


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2026-03-04", "ymd", date(2026, 3, 4)),
        ("20260304", "ymd", date(2026, 3, 4)),
        ("2026/3/4", "ymd", date(2026, 3, 4)),
        ("2026-03-04T10:22:05Z", "ymd", date(2026, 3, 4)),
        ("04/03/2026", "dmy", date(2026, 3, 4)),
        ("04.03.26", "dmy", date(2026, 3, 4)),
        ("4 Mar 2026", "dmy", date(2026, 3, 4)),
        ("04-MAR-26", "dmy", date(2026, 3, 4)),
        ("04/03/2026 09:15", "dmy", date(2026, 3, 4)),
        ("03/04/2026", "mdy", date(2026, 3, 4)),
        ("Mar 4, 2026", "mdy", date(2026, 3, 4)),
    ],
)
def test_days_by_their_order(text, order, day):
    assert read_date(text, DateOrder(order)) == day


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("31/02/2026", "dmy"),
        ("12/31/2026", "dmy"),
        ("2026-03-04", "dmy"),
        ("04/03-2026", "dmy"),
        ("4 Mär 2026", "dmy"),
        ("4 Foo 2026", "dmy"),
        ("04/03/1999", "dmy"),
        ("31/12/2026", "mdy"),
        ("0000-01-01", "ymd"),
        ("²/03/2026", "dmy"),
        ("46097", "ymd"),
    ],
)
def test_days_that_are_none_are_refused(text, order):
    with pytest.raises(ValueError, match="'"):
        read_date(text, DateOrder(order))


WITH_BALANCE = CsvProfile(date="Date", amount="Amount", balance="Balance")


def test_the_running_balance_gives_opening_and_closing():
    parsed = read("Date,Amount,Balance\n2026-03-16,-5.00,95.00\n2026-03-17,10.00,105.00\n", WITH_BALANCE)

    assert (parsed.opening_minor, parsed.closing_minor, parsed.off_by_minor) == (10000, 10500, 0)


def test_newest_first_is_understood():
    parsed = read("Date,Amount,Balance\n2026-03-17,10.00,105.00\n2026-03-16,-5.00,95.00\n", WITH_BALANCE)

    assert (parsed.opening_minor, parsed.closing_minor, parsed.notes) == (10000, 10500, ())


def test_a_balance_that_does_not_follow_is_noted_and_counted():
    parsed = read(
        "Date,Amount,Balance\n2026-03-15,1.00,100.00\n2026-03-16,-5.00,95.00\n2026-03-17,10.00,104.00\n", WITH_BALANCE
    )

    assert parsed.off_by_minor == -100
    assert (
        str(parsed.notes[0]) == "Line 4: Its balance 104.00 GBP does not follow; the lines before it make 105.00 GBP."
    )


def test_balances_given_only_now_and_then():
    parsed = read("Date,Amount,Balance\n2026-03-15,1.00,\n2026-03-16,-5.00,96.00\n2026-03-17,10.00,\n", WITH_BALANCE)

    assert (parsed.opening_minor, parsed.closing_minor, parsed.off_by_minor) == (10000, 10600, 0)


@pytest.mark.parametrize(
    ("fields", "role"),
    [
        ({"date": ""}, "date"),
        ({"date": "D"}, "amount"),
        ({"date": "D", "amount": "A", "money_out": "O"}, "amount"),
        ({"date": "D", "money_out": "O"}, "money_in"),
        ({"date": "D", "amount": "D"}, "amount"),
    ],
)
def test_a_profile_refuses_columns_that_say_nothing_or_two_things(fields, role):
    with pytest.raises(InvalidProfile) as caught:
        CsvProfile(**fields)

    assert caught.value.role == role


def test_a_profile_survives_being_kept():
    profile = CsvProfile(date="D", amount="A", date_order=DateOrder.DMY, decimal_mark=",", header=False)

    assert CsvProfile.from_json(profile.as_json()) == profile


@pytest.mark.parametrize(
    "values",
    [
        [],
        {"date": 5, "amount": "A"},
        {"date": "D", "amount": "A", "date_order": "dd"},
        {"date": "D", "amount": "A", "decimal_mark": "x"},
        {"date": "D", "amount": "A", "header": "yes"},
        {"date": "D", "amount": "A", "sum": "B"},
        {"amount": "A"},
    ],
)
def test_kept_columns_that_make_no_sense_are_refused(values):
    with pytest.raises(InvalidProfile):
        CsvProfile.from_json(values)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Date,Description,Amount,Balance\n13/03/2026,A,-5.00,95.00\n",
            {
                "date": "Date",
                "description": "Description",
                "amount": "Amount",
                "balance": "Balance",
                "date_order": "dmy",
            },
        ),
        (
            "Buchungstag;Wertstellung;Verwendungszweck;Betrag (EUR)\n16.03.2026;17.03.2026;X;-1.234,50\n",
            {"date": "Buchungstag", "value_date": "Wertstellung", "amount": "Betrag (EUR)", "decimal_mark": ","},
        ),
        (
            "Transaction Date,Debit Amount,Credit Amount\n2026-03-16,5.00,\n",
            {"money_out": "Debit Amount", "money_in": "Credit Amount", "out_sign": "plain", "date_order": "ymd"},
        ),
        ("03/16/2026,Shop,-5.00\n", {"date": "Column 1", "amount": "Column 3", "header": False, "date_order": "mdy"}),
    ],
)
def test_proposes_what_the_columns_seem_to_be(text, expected):
    proposed = propose(read_table(text.encode(), max_bytes=MB))

    assert {key: proposed.get(key) for key in expected} == expected


def test_a_sample_shows_rows_and_reasons():
    table = read_table(b"Date,Amount,Text\n2026-03-16,5.00,a\n2026-03-16,0,b\nx,5.00,c\n", max_bytes=MB)

    shown = sample(table, profile=SIGNED, currency="GBP")

    assert [(one.row is not None, one.skipped, bool(one.why)) for one in shown] == [
        (True, False, False),
        (False, True, True),
        (False, False, True),
    ]


@given(
    st.binary(max_size=400) | st.text(alphabet=" 0123456789-+.,;:/\t|\"'()€£aDmount\n\r", max_size=200).map(str.encode)
)
def test_any_bytes_are_rows_or_a_refusal(data):
    try:
        table = read_table(data, max_bytes=MB)
        profile = CsvProfile.from_json({"date": "Column 1", "amount": "Column 2", "header": False, **propose(table)})
    except (UnreadableStatement, InvalidProfile):
        return
    try:
        parsed = read_csv(data, profile=profile, currency="GBP", max_bytes=MB)
    except UnreadableStatement:
        return
    assert parsed.rows
    assert all(row.minor for row in parsed.rows)
