"""What happens once: part payments, credit, advances, mistakes, and what the bank does by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from billpay.bills import actions as bills
from billpay.home.demo.clock import working_day_after, working_day_before
from billpay.home.demo.credits import Credits
from billpay.home.demo.orders import LEFT, Orders
from billpay.home.demo.payer import Payer, shouted
from billpay.home.demo.plan import rate_on
from billpay.home.demo.teller import CARD, CURRENT, EURO, Movement
from billpay.money.value import Money
from billpay.payments import actions as payments
from billpay.payments.actions import Header, Order, Part, Returned
from billpay.payments.models import Method, Payment, Source
from billpay.suppliers import actions as suppliers
from billpay.suppliers.actions import BankDetails


class Episodes:
    """Each episode happens on the working day so many days ago."""

    def __init__(self, payer: Payer, credits: Credits, today: date) -> None:
        self._payer, self._credits, self._today = payer, credits, today
        self._desk, self._teller = payer.desk, payer.teller
        self._orders = Orders(payer, today)
        self._deposit: Payment | None = None
        self._too_much_paid: Payment | None = None
        self._mistake: Payment | None = None
        self._lost: Payment | None = None

    def play(self) -> None:
        """Let happen what happens today."""
        for age, happens in self._script():
            if working_day_before(self._today - timedelta(days=age)) == self._desk.clock.day:
                happens()

    def _script(self) -> tuple[tuple[int, Callable[[], object]], ...]:
        return (
            (100, self._deposit_for_tiles),
            (50, lambda: self._credit_only("SMP-CR40", "Saltmarsh Pantry Ltd")),
            (52, self._cheque_gets_lost),
            (50, lambda: self._part("Fenwick & Daughters Packaging", 4)),
            (45, self._cheque_again),
            (38, lambda: self._credit_only("FC2210", "Fenwick & Daughters Packaging", 50_00)),
            (37, self._too_much),
            (35, self._deposit_used),
            (33, self._paid_twice),
            (31, self._mistake_voided),
            (20, self._part_by_card),
            (15, lambda: self._part("Tessitura Lariana S.r.l.", 1)),
            (14, lambda: self._part("Trevose Ceramics Ltd", 4)),
            (10, self._some_of_it_comes_back),
            (9, self._orders.fails),
            (6, self._twins),
            (3, self._new_bank_details),
            (2, self._plan_ahead),
            (2, self._orders.schedules),
            (2, self._orders.asks),
            (1, self._drafts),
        )

    def _part(self, name: str, back: int) -> None:
        """About half of it, in round tens."""
        bill = self._desk.fresh(name, back)
        half = bill.available.minor // 2
        self._payer.single(bill, Money(half - half % 10_00, bill.currency), reference=bill.number)

    def _part_by_card(self) -> None:
        bill = self._desk.fresh("Merrick Door & Lift Services", 1)
        self._payer.card(bill, Money(min(80_00, bill.available.minor), "GBP"), "MERRICK DOORS")

    def _deposit_for_tiles(self) -> None:
        supplier = self._desk.suppliers["Cerâmica do Vouga, Lda"]
        header = self._payer.header(EURO, "EUR", rate=rate_on("EUR", self._desk.rng))
        order = Order(supplier=supplier, amount=Money(600_00, "EUR"), reference="Deposit, summer tiles")
        self._deposit = payments.pay(company=self._desk.company, header=header, order=order, by=self._payer.by)
        self._teller.shows(
            EURO, [self._deposit], payee=shouted(supplier), reference="DEPOSIT SUMMER TILES", description="SEPA"
        )

    def _deposit_used(self) -> None:
        if self._deposit is None:
            return
        bill = self._desk.company.bills.payable().filter(supplier=self._deposit.supplier).order_by("due_on").first()
        if bill is None:
            return
        self._desk.clock.tick()
        amount = Money(min(400_00, bill.available.minor), "EUR")
        payments.pay(
            company=self._desk.company,
            header=Header(None, self._desk.clock.day, "EUR", rate=rate_on("EUR", self._desk.rng)),
            order=Order(
                supplier=bill.supplier,
                amount=Money(0, "EUR"),
                parts=[Part(bill, amount, Source.ON_ACCOUNT, from_payment=self._deposit)],
            ),
            by=self._payer.by,
        )

    def _credit_only(self, number: str, name: str, minor: int = 10**9) -> None:
        note = self._credits.notes[number]
        owed = self._desk.company.bills.payable().filter(supplier=self._desk.suppliers[name])
        bill = owed.select_related("supplier").order_by("due_on", "pk").first()
        if bill is None:
            return
        amount = Money(min(minor, note.available.minor, bill.available.minor), "GBP")
        self._desk.clock.tick()
        payments.pay(
            company=self._desk.company,
            header=Header(None, self._desk.clock.day, "GBP"),
            order=Order(
                supplier=bill.supplier,
                amount=Money(0, "GBP"),
                parts=[Part(bill, amount, Source.CREDIT_NOTE, credit_note=note)],
            ),
            by=self._payer.by,
        )

    def _too_much(self) -> None:
        northquay = self._desk.suppliers["Northquay Glass Ltd"]
        owed = self._desk.company.bills.payable().filter(supplier=northquay).select_related("supplier")
        if bill := owed.order_by("due_on", "pk").first():
            self._too_much_paid = self._payer.single(bill, reference=bill.number, extra=75_00)

    def _some_of_it_comes_back(self) -> None:
        """The supplier sends part of the overpayment back; the bank has shown it, and nobody has matched it yet."""
        if self._too_much_paid is None:
            return
        self._desk.clock.tick()
        supplier = self._too_much_paid.supplier
        refund = payments.refund(
            company=self._desk.company,
            supplier=supplier,
            bank_account=self._desk.banks[CURRENT],
            received_on=self._desk.clock.day,
            parts=[Returned(Money(45_00, "GBP"), from_payment=self._too_much_paid)],
            by=self._payer.by,
            reference="Overpaid in error",
        )
        self._teller.comes_back(CURRENT, refund, payee=shouted(supplier), reference=refund.number)

    def _paid_twice(self) -> None:
        supplier = self._desk.suppliers["Rook & Rowan Office Supplies"]
        order = Order(supplier=supplier, amount=Money(86_40, "GBP"), reference="Till rolls")
        header = self._payer.header(CURRENT, "GBP")
        self._mistake = payments.pay(company=self._desk.company, header=header, order=order, by=self._payer.by)

    def _mistake_voided(self) -> None:
        self._void(self._mistake, "Entered twice; the shop paid it in cash")

    def _cheque_gets_lost(self) -> None:
        self._lost = self._payer.cheque(self._desk.fresh("Hallett & Boyd Solicitors", 1), "000412")
        self._teller.forget(self._lost)

    def _cheque_again(self) -> None:
        self._void(self._lost, "Lost in the post; stopped at the bank")
        self._payer.cheque(self._desk.fresh("Hallett & Boyd Solicitors", 1), "000413")

    def _void(self, payment: Payment | None, reason: str) -> None:
        if payment is not None:
            self._desk.clock.tick()
            payments.void(payment=payment, on=self._desk.clock.day, reason=reason, by=self._desk.staff.approver)

    def _twins(self) -> None:
        """Two equal payments on one day, which the bank shows without a reference."""
        for back in (2, 1):
            bill = self._desk.fresh("Seabright Cleaning Services", back)
            self._payer.single(bill)

    def _plan_ahead(self) -> None:
        """Bills get a day on which they are to be paid: the next Thursday, and the one after."""
        thursday = self._today + timedelta(days=(3 - self._today.weekday()) % 7 or 7)
        coming = self._desk.company.bills.payable().filter(due_on__gt=self._today).order_by("due_on", "pk")
        for at, bill in enumerate(coming[:7]):
            self._desk.clock.tick()
            bills.plan(
                bill=bill,
                due_on=bill.due_on,
                planned_on=thursday if at < 4 else thursday + timedelta(days=7),
                reference=bill.reference,
                note=bill.note,
                by=self._desk.staff.owner,
            )

    def _new_bank_details(self) -> None:
        """A supplier changes banks: the next payment to it deserves a telephone call first."""
        self._desk.clock.tick()
        supplier = self._desk.suppliers["Castaway Candle Works Ltd"]
        suppliers.set_bank_details(
            supplier=supplier,
            details=BankDetails(supplier.name, "GBP", sort_code="003105", account_number="48120077"),
            seen=[row.pk for row in supplier.bank_accounts.filter(archived_at=None)],
            by=self._payer.by,
            reason="New bank, on their letterhead of this week",
        )

    def _drafts(self) -> None:
        payer = self._payer
        bill = self._desk.fresh("Blue Hill Stoneware LLC", 0)
        header = payer.header(CURRENT, "USD", method=Method.WIRE, rate=rate_on("USD", self._desk.rng), draft=True)
        order = Order(
            supplier=bill.supplier,
            amount=bill.available,
            parts=[Part(bill, bill.available)],
            fee=Money(25_00, "USD"),
            reference=bill.number,
        )
        payments.pay(company=self._desk.company, header=header, order=order, by=payer.by)
        coming = self._desk.company.bills.payable().filter(due_on__gt=self._today, currency="GBP")
        coming = coming.exclude(supplier__name__in=LEFT)
        by_supplier = {row.supplier_id: row for row in coming.select_related("supplier").order_by("-due_on", "-pk")}
        payer.batch(list(by_supplier.values())[-3:], draft=True)


def bank_by_itself(payer: Payer, today: date) -> None:
    """Movements that no bill explains: takings, wages, transfers, charges, and what was collected unasked."""
    teller, rng = payer.teller, payer.desk.rng

    def moves(
        account: str,
        age: int,
        minor: int,
        payee: str,
        text: str = "",
        *,
        reference: str = "",
        excluded: str = "",
        books: str = "",
    ) -> None:
        day = min(working_day_after(today - timedelta(days=age)), today - timedelta(days=1))
        teller.moves(account, Movement(day, minor, payee, reference, text, excluded=excluded, books=books))

    for age in range(119, 1, -7):
        takings = rng.randrange(5_900_00, 8_400_00)
        moves(CURRENT, age, takings, "SUMUP PAYMENTS", "PAYOUT", excluded="Shop takings", books="4000")
        trade = rng.randrange(2_800_00, 4_900_00)
        moves(CURRENT, age + 3, trade, "TRADE CUSTOMERS DD", "GOCARDLESS", excluded="Wholesale receipts", books="4000")
    for age in (115, 85, 55, 25):
        wages = rng.randrange(8_900_00, 9_300_00)
        moves(CURRENT, age, -wages, "PAYROLL BACS", "SALARIES", excluded="Wages", books="7003")
        card = rng.randrange(300_00, 420_00)
        moves(CURRENT, age + 4, -card, "COMPANY CARD", "DIRECT DEBIT", excluded="Own company card", books=CARD)
        moves(CARD, age + 4, card, "PAYMENT RECEIVED", "THANK YOU", excluded="Own current account")
    for age in (102, 72, 42, 12):
        moves(CURRENT, age, -4_250_00, "EURO ACCOUNT", "TRANSFER", excluded="Own euro account", books=EURO)
        moves(EURO, age, 5_000_00, "CURRENT ACCOUNT", "TRANSFER", excluded="Own current account")
    vat = "GB999000341"
    moves(CURRENT, 47, -3_918_22, "HMRC VAT", "DIRECT DEBIT", reference=vat, excluded="VAT return", books="2202")
    moves(CURRENT, 2, -135_85, "POWERDIRECT", "DIRECT DEBIT", reference="DD 0047120")
    moves(CURRENT, 9, -60_00, "CASH WITHDRAWAL", "PORTHAVEN HARBOUR ST")
    moves(CURRENT, 5, -412_00, "BLUEFIN SYSTEMS LTD", "CARD 9921", reference="SUBS 88213")
    moves(CURRENT, 3, -14_50, "ACCOUNT CHARGES", "FOR THE MONTH")
    moves(CARD, 8, -48_20, "THE CHANDLERS INN", "CARD 4417")
    moves(CARD, 4, -23_94, "POST OFFICE COUNTERS", "CARD 4417")
