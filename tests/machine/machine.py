"""
A machine that does what people do at two desks, in any order, and looks at everything after every step.

Each rule is one action of the product. A refusal is as good as a success: it must have left no trace. After each
step that wrote anything, refused or not, each invariant of `manage.py prove` must hold of the desk that took it, the
control account must agree and the bills must say what a much simpler model says. Every tenth step, and at the end of
every run, both desks are proved, whoever wrote; at the end also the control account on every day there was.
"""

from __future__ import annotations

import sys

from django.db import transaction
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from tests.factories import TODAY
from tests.machine.bank import BankRules
from tests.machine.desk import Desk
from tests.machine.documents import DocumentRules
from tests.machine.life import LifeRules
from tests.machine.paying import PayingRules
from tests.machine.proving import Prover, breaks, breaks_over_time, simple_model
from tests.payments.books import balance, sub_ledger

BOTH_PROVED_EVERY = 10


class Machine(DocumentRules, PayingRules, LifeRules, BankRules, RuleBasedStateMachine):
    """Runs within one transaction, which is rolled back at the end."""

    @initialize(luck=st.integers(0, 1_000))
    def open_the_desks(self, luck: int) -> None:
        # The simplest run there is takes one step again and again: it is not worth its time.
        assume(luck)
        self.today = TODAY
        self.steps = 0
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        with self._clock():
            self.desks = [Desk.of("GBP"), Desk.of("EUR")]
            for desk in self.desks:
                desk.stock()
        self.wrote = list(self.desks)
        self.provers = {desk.company.pk: Prover(desk.company) for desk in self.desks}

    def teardown(self) -> None:
        if hasattr(self, "atomic"):
            if hasattr(self, "desks") and sys.exc_info()[0] is None:
                assert breaks([desk.company for desk in self.desks]) == []
                assert [words for desk in self.desks for words in breaks_over_time(desk.company)] == []
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    # ── What must always be so ──

    @invariant()
    def everything_is_proved(self) -> None:
        if not hasattr(self, "desks"):
            return
        self.steps += 1
        if self.steps % BOTH_PROVED_EVERY == 0:
            self.wrote = list(self.desks)
        with self._clock():
            for desk in self.wrote:
                assert self.provers[desk.company.pk].breaks() == []
        self.wrote = []

    @invariant()
    def the_control_account_agrees(self) -> None:
        for desk in getattr(self, "desks", []):
            assert -balance(desk.company, "payables") == sub_ledger(desk.company)

    @invariant()
    def bills_say_what_a_simple_model_says(self) -> None:
        for desk in getattr(self, "desks", []):
            counted = {
                pk: (settled, reserved)
                for pk, settled, reserved in desk.company.bills.values_list("pk", "settled_minor", "reserved_minor")
                if settled or reserved
            }
            assert counted == simple_model(desk.company)
