"""The arrows of a payment's life as people take them: from which status, by whom, and what their buttons say."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from billpay.companies.access import Permission
from billpay.companies.models import User
from billpay.payments.models import CLOSED_BEFORE, Payment, PaymentStatus

_S = PaymentStatus


class Place(StrEnum):
    """Where a button stands on the page of its payment."""

    PRIMARY = "primary"
    BUTTON = "button"
    MENU = "menu"


@dataclass(frozen=True, slots=True)
class Arrow:
    """
    One thing that a person may do to a payment as it stands.

    `code` names its address and is a noun. `to` is the status it leads to, where it is a move of status; then it
    is open only if there is such a move. `asks` says whether its page asks something: else one press is enough.
    """

    code: str
    label: str
    icon: str
    frm: Collection[PaymentStatus]
    to: PaymentStatus | None = None
    permission: Permission = Permission.PAYMENT_MAKE
    asks: bool = True
    place: Place = Place.MENU
    danger: bool = False

    @property
    def name(self) -> str:
        """The name of its URL."""
        return f"payments:{self.code}"

    def is_open(self, payment: Payment) -> bool:
        """Whether it may be taken from where the payment stands, whoever asks."""
        if payment.status not in self.frm or (self.to is not None and not payment.may(self.to)):
            return False
        if self.code in {"stop", "processing"}:
            return payment.stopped_at is None
        return payment.stopped_at is not None if self.code == "resumption" else True

    def place_for(self, payment: Payment) -> Place:
        """Where its button stands, from where the payment stands."""
        return _PLACES.get((self.code, PaymentStatus(payment.status)), self.place)

    def label_for(self, payment: Payment) -> str:
        """What its button says: some arrows are called otherwise from where the payment stands, or without cash."""
        if self.code == "processing" and not payment.has_cash:
            return "Carry it out"
        return _LABELS.get((self.code, PaymentStatus(payment.status)), self.label)


_TO_GO = (_S.APPROVED, _S.SCHEDULED)
_WAITING = (_S.AWAITING_APPROVAL, *_TO_GO)
_LABELS = {
    ("completion", _S.DRAFT): "Record as paid",
    ("scheduling", _S.SCHEDULED): "Change day",
    ("scheduling", _S.AWAITING_APPROVAL): "Change day",
    ("processing", _S.SCHEDULED): "Send now",
}
_PLACES = {
    ("completion", _S.DRAFT): Place.BUTTON,
    ("scheduling", _S.APPROVED): Place.PRIMARY,
    ("scheduling", _S.AWAITING_APPROVAL): Place.MENU,
}

SUBMISSION = Arrow("submission", "Submit", "send", (_S.DRAFT,), _S.AWAITING_APPROVAL, asks=False, place=Place.PRIMARY)
APPROVAL = Arrow(
    "approval", "Review and approve", "circle-check", (_S.AWAITING_APPROVAL,), _S.APPROVED,
    permission=Permission.PAYMENT_APPROVE, place=Place.PRIMARY,
)  # fmt: skip
REJECTION = Arrow(
    "rejection", "Reject", "x", (_S.AWAITING_APPROVAL,), _S.REJECTED,
    permission=Permission.PAYMENT_APPROVE, place=Place.BUTTON, danger=True,
)  # fmt: skip
SCHEDULE = Arrow("scheduling", "Schedule", "calendar", _WAITING, place=Place.BUTTON)
PROCESSING = Arrow("processing", "Send to the bank", "send", _TO_GO, _S.PROCESSING, asks=False)
STOP = Arrow("stop", "Stop", "lock", (_S.SCHEDULED,), place=Place.BUTTON)
RESUMPTION = Arrow("resumption", "Resume", "refresh", (_S.SCHEDULED,), asks=False, place=Place.PRIMARY)
UNSCHEDULING = Arrow("unscheduling", "Take off the schedule", "minus", (_S.SCHEDULED,), _S.APPROVED, asks=False)
BACK_TO_DRAFT = Arrow("back_to_draft", "Take back to draft", "arrow-back-up", _WAITING, _S.DRAFT)
COMPLETION = Arrow("completion", "Completed", "check", (_S.PROCESSING, _S.DRAFT), _S.COMPLETED, place=Place.PRIMARY)
FAILURE = Arrow("failure", "Failed", "alert-circle", (_S.PROCESSING,), _S.FAILED, place=Place.BUTTON, danger=True)
CANCELLATION = Arrow("cancellation", "Cancel", "ban", _WAITING, _S.CANCELLED, danger=True)
RETRY = Arrow("retry", "Try again", "refresh", CLOSED_BEFORE, place=Place.PRIMARY)

ARROWS = (
    SUBMISSION,
    APPROVAL,
    REJECTION,
    SCHEDULE,
    PROCESSING,
    STOP,
    RESUMPTION,
    UNSCHEDULING,
    BACK_TO_DRAFT,
    COMPLETION,
    FAILURE,
    CANCELLATION,
    RETRY,
)
NOT_BY_MAKERS = {APPROVAL.code, REJECTION.code}


def open_arrows(payment: Payment, permissions: Collection[Permission]) -> list[Arrow]:
    """What this payment may go through next, by someone who holds `permissions`; see `why_not` for the makers."""
    return [arrow for arrow in ARROWS if arrow.permission in permissions and arrow.is_open(payment)]


def why_not(payment: Payment, user: User, *, has_made: bool, approved_by: Collection[int] = ()) -> str:
    """
    Why this person may not approve the payment, in words; empty if they may.

    :param has_made: whether they made, changed or submitted it at any time; see `actions.made_by`.
    :param approved_by: ids of those whose approval of the payment counts already.
    """
    if has_made:
        made = "made" if user.pk == payment.created_by_id else "changed or submitted"
        return f"You {made} this: someone else approves it."
    return "You approved this: the other approval is someone else’s." if user.pk in approved_by else ""


def seen_of(payment: Payment) -> str:
    """What a page showed of a payment, in short: sent back with its forms, so that a change in between is noticed."""
    day = payment.execute_on.isoformat() if payment.execute_on else ""
    return f"{payment.version}.{payment.status}.{day}.{'stopped' if payment.stopped_at else ''}"
