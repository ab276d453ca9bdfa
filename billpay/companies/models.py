"""Who uses Billpay: people, companies (tenants), and what each may do in which."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models import Q


class UserManager(BaseUserManager["User"]):
    """People sign in by email address, in any case."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        if not email:
            raise ValueError("A user needs an email address.")
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, **{**fields, "is_staff": True, "is_superuser": True})


class Theme(models.TextChoices):
    AUTO = "auto", "As the device"
    LIGHT = "light", "Light"
    DARK = "dark", "Dark"


class User(AbstractUser):
    """A person. Operators are `is_staff`; members of companies have a `Membership`."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField("email address", unique=True)
    name = models.CharField("full name", max_length=120, blank=True)
    theme = models.CharField(max_length=5, choices=Theme, default=Theme.AUTO)
    locale = models.CharField(
        "language and number format", max_length=10, blank=True, help_text="As in en-GB or de-DE; empty: the server's."
    )
    shortcuts = models.BooleanField("single-key shortcuts", default=True)

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


class TaxRounding(models.TextChoices):
    LINE = "line", "On each line"
    DOCUMENT = "document", "Once per tax rate on the document"


class CompanyQuerySet(models.QuerySet["Company"]):
    def visible_to(self, user: User) -> Self:
        """Companies the user is a member of; operators see every one."""
        if user.is_superuser:
            return self
        return self.filter(memberships__user=user)


class Company(models.Model):
    """A tenant. Everything else belongs to exactly one, and is loaded through it."""

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    base_currency = models.CharField(max_length=3)
    tax_rounding = models.CharField(max_length=8, choices=TaxRounding, default=TaxRounding.LINE)
    locked_through = models.DateField(
        "books locked through", null=True, blank=True, help_text="Nothing is posted on or before this day."
    )
    next_payment_number = models.PositiveIntegerField(default=1)
    next_batch_number = models.PositiveIntegerField(default=1)
    next_refund_number = models.PositiveIntegerField(default=1)
    split_window_days = models.PositiveSmallIntegerField(
        "days looked back for split payments",
        default=7,
        help_text="Payments to one supplier within so many days count together against the approval limits.",
    )
    checks_bank_details = models.BooleanField(
        "a second person checks new bank details",
        default=True,
        help_text="Until then nothing that waits to be paid to the supplier goes out.",
    )
    write_off_limit_minor = models.BigIntegerField(
        "largest write-off", default=500, help_text="Of what is left of one bill, in the base currency."
    )
    address = models.TextField(blank=True)
    tax_number = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CompanyQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "companies"
        constraints = (
            models.CheckConstraint(condition=Q(write_off_limit_minor__gte=0), name="write_off_limit_not_negative"),
        )

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    APPROVER = "approver", "Approver"
    BOOKKEEPER = "bookkeeper", "Bookkeeper"
    VIEWER = "viewer", "Viewer"


class ApprovalSubject(models.TextChoices):
    BILL = "bill", "Bills"
    PAYMENT = "payment", "Payments"


class ApprovalLimit(models.Model):
    """
    How many people approve a bill or payment over an amount, in minor units of the base currency (rule 13).

    The limit with the greatest amount that is exceeded counts. Without any, nobody needs to approve.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="approval_limits")
    subject = models.CharField(max_length=7, choices=ApprovalSubject)
    above_minor = models.BigIntegerField("over")
    approvers = models.PositiveSmallIntegerField(choices=((1, "One person"), (2, "Two people")))

    class Meta:
        ordering = ("subject", "above_minor")
        constraints = (
            models.UniqueConstraint(fields=("company", "subject", "above_minor"), name="approval_limit_once"),
            models.CheckConstraint(condition=Q(above_minor__gte=0), name="approval_limit_not_negative"),
            models.CheckConstraint(condition=Q(approvers__in=(1, 2)), name="approval_by_one_or_two"),
        )

    def __str__(self) -> str:
        return f"{self.get_subject_display()} over {self.above_minor}: {self.approvers}"


class Membership(models.Model):
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("user__email",)
        constraints = (models.UniqueConstraint(fields=("company", "user"), name="membership_once"),)

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()}"


class AuditEvent(models.Model):
    """
    One line of a company's trail: appended by `audit` alone, never changed.

    The lines of a company are numbered without gaps, and each carries a hash of itself and of the one before it.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="audit_events", db_index=False)
    sequence = models.PositiveBigIntegerField("number")
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=60)
    target_kind = models.CharField(max_length=40)
    target_id = models.CharField(max_length=40)
    summary = models.CharField(max_length=500)
    detail = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("company", "target_kind", "target_id", "-id"), name="audit_by_target"),)
        constraints = (models.UniqueConstraint(fields=("company", "sequence"), name="audit_line_once"),)

    def __str__(self) -> str:
        return self.summary


class AuditHead(models.Model):
    """
    The end of a company's trail: how many lines, and the hash of the last. Its row lock orders those who append.

    `seal` is made with the key, so that the head cannot be put back to an earlier line by who can only write here.
    """

    company = models.OneToOneField(Company, on_delete=models.PROTECT, related_name="audit_head")
    count = models.PositiveBigIntegerField("lines", default=0)
    hash = models.CharField(max_length=64, blank=True)
    seal = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("company",)

    def __str__(self) -> str:
        return f"{self.company}: {self.count}"


class IdempotencyKey(models.Model):
    """
    What one drawn form led to. The key is made when the form is drawn.

    `digest` covers method, path, person and content of the first post; `status`, `location`, `body` and `message`
    are its answer, given again when the same post comes again. `manage.py purge_keys` deletes old ones.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="idempotency_keys", db_index=False)
    key = models.UUIDField(default=uuid.uuid4)
    method = models.CharField(max_length=10, blank=True)
    path = models.CharField(max_length=300, blank=True)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=303)
    location = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True)
    message = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("company", "key"), name="idempotency_key_once"),
            models.CheckConstraint(condition=~Q(digest=""), name="idempotency_key_has_digest"),
        )

    def __str__(self) -> str:
        return str(self.key)
