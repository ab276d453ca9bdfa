"""How people come to have an account: an owner adds them; nobody signs up on their own."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.core.mail import send_mail
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from billpay.companies.models import Membership, User


class ClosedSignupAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


def password_address(request: HttpRequest, user: User) -> str:
    """The address at which `user`, and whoever else holds it, may set their password once."""
    path = reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)},
    )
    return request.build_absolute_uri(path)


def send_invitation(request: HttpRequest, membership: Membership, *, invited_by: User) -> None:
    """
    Tell a new member by mail. Who has no password yet gets the address to set one; it goes to
    their mailbox only, never onto the owner's screen.
    """
    user = membership.user
    context = {
        "membership": membership,
        "invited_by": invited_by,
        "sign_in": request.build_absolute_uri(reverse("account_login")),
        "set_password": "" if user.has_usable_password() else password_address(request, user),
    }
    send_mail(
        subject=f"{invited_by} added you to {membership.company} on Billpay",
        message=render_to_string("companies/email/invitation.txt", context),
        from_email=None,
        recipient_list=[user.email],
    )
