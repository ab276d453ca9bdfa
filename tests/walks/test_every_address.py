"""Every address × everyone × every method. An address that is not listed in `addresses.py` fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.walks.addresses import ADDRESSES, GONE, RANKS, SITE, Address
from tests.walks.world import World, build

pytestmark = [pytest.mark.django_db, pytest.mark.n_plus_one_allowed]


@pytest.fixture
def world(settings, tmp_path) -> World:
    settings.MEDIA_ROOT = tmp_path
    return build()


def walk(world: World) -> Iterator[tuple[str, Address, str]]:
    """Each listed address with its URL in this world."""
    for name, address in ADDRESSES.items():
        yield name, address, reverse(name, kwargs=world.kwargs(**address.things))


def signed_in(world: World, who: str, **options: Any) -> Client:
    client = Client(raise_request_exception=True, **options)
    client.force_login(world.people[who])
    return client


def ask(client: Client, method: str, url: str, **headers: str) -> HttpResponse:
    """One request whose writes are taken back, so that the next one finds the same world."""
    with transaction.atomic():
        response = getattr(client, method)(url, headers=headers)
        if response.streaming:
            response.getvalue()
        transaction.set_rollback(True)
    return response


type Patterns = list[URLPattern | URLResolver]


def names_under(patterns: Patterns, namespace: str = "", prefix: str = "") -> Iterator[tuple[str, str]]:
    """The name and route of every address."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = ":".join(part for part in (namespace, pattern.namespace) if part)
            yield from names_under(pattern.url_patterns, inner, route)
        else:
            yield f"{namespace}:{pattern.name}" if namespace else str(pattern.name), route


def test_every_address_is_listed():
    known = {name: route for name, route in names_under(get_resolver().url_patterns) if not name.startswith("admin:")}

    of_companies = {name for name, route in known.items() if "<slug:company>" in route}

    assert of_companies == set(ADDRESSES)
    assert set(known) - of_companies == SITE


def test_nobody_gets_in_without_signing_in(world):
    wrong = []
    for name, address, url in walk(world):
        for method in address.methods:
            response = ask(Client(), method, url)
            if response.status_code != 302 or not response["Location"].startswith("/accounts/login/"):
                wrong.append((name, method, response.status_code))

    assert not wrong, "\n".join(map(str, wrong))


def test_htmx_without_a_session_is_sent_to_sign_in_as_a_whole_page(world):
    wrong = []
    for name, address, url in walk(world):
        response = ask(Client(), min(address.methods), url, HX_Request="true")
        if not response.get("HX-Redirect", "").startswith("/accounts/login/"):
            wrong.append((name, response.status_code))

    assert not wrong, "\n".join(map(str, wrong))


def test_a_stranger_to_the_company_finds_nothing_there(world):
    client = signed_in(world, "stranger")

    wrong = [
        (name, method, response.status_code)
        for name, address, url in walk(world)
        for method in address.methods
        if (response := ask(client, method, url)).status_code != 404
    ]

    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("who", [*RANKS, "operator"])
def test_each_role_gets_what_it_may_and_403_for_the_rest(world, who):
    client = signed_in(world, who)
    rank = RANKS.get(who, RANKS["viewer"])
    wrong = []
    for name, address, url in walk(world):
        for method, least in (("get", address.role), ("post", address.post or address.role)):
            status = ask(client, method, url).status_code
            allowed = rank >= RANKS[least]
            if not allowed:
                fine = status == 403 or (status == 405 and method not in address.methods)
            elif method not in address.methods:
                fine = status == 405
            else:
                fine = status in {200, 302, 303, 307, 400, 409, 422} or (status == 404 and name in GONE)
            if not fine:
                wrong.append((name, method, who, status))

    assert not wrong, "\n".join(map(str, wrong))


def test_a_post_without_its_csrf_token_is_refused(world):
    client = signed_in(world, "owner", enforce_csrf_checks=True)

    wrong = [(name, status) for name, _, url in walk(world) if (status := ask(client, "post", url).status_code) != 403]

    assert not wrong, "\n".join(map(str, wrong))


def test_getting_a_page_changes_nothing(world):
    client = signed_in(world, "owner")
    wrong = []
    for name, _, url in walk(world):
        with CaptureQueriesContext(connection) as queries:
            ask(client, "get", url)
        wrong += [
            (name, query["sql"][:120])
            for query in queries
            if query["sql"].lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))
            and "django_session" not in query["sql"]
        ]

    assert not wrong, "\n".join(map(str, wrong))


def test_private_pages_are_never_stored(world):
    client = signed_in(world, "owner")

    wrong = [
        (name, response.get("Cache-Control"))
        for name, _, url in walk(world)
        if "no-store" not in (response := ask(client, "get", url)).get("Cache-Control", "")
    ]

    assert not wrong, "\n".join(map(str, wrong))


def test_every_page_is_there_with_htmx_and_without(world):
    client = signed_in(world, "owner")
    wrong = []
    for name, _, url in walk(world):
        plain, part = ask(client, "get", url), ask(client, "get", url, HX_Request="true")
        # A page that sends elsewhere may send htmx there by a header, with status 200.
        same = plain.status_code == part.status_code or "HX-Redirect" in part
        is_part = not plain.streaming and b"<html" in plain.content and b"<html" not in part.content
        if not same or (is_part and "HX-Request" not in plain.get("Vary", "")):
            wrong.append((name, plain.status_code, part.status_code, plain.get("Vary")))

    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(world, method):
    client = signed_in(world, "owner")

    wrong = [(name, status) for name, _, url in walk(world) if (status := ask(client, method, url).status_code) != 405]

    assert not wrong, "\n".join(map(str, wrong))


def test_pages_forbid_scripts_from_elsewhere_and_framing(world):
    client = signed_in(world, "owner")
    wrong = []
    for name, _, url in walk(world):
        response = ask(client, "get", url)
        policy = response.get("Content-Security-Policy", "")
        # A file may do nothing at all.
        locked = policy == "default-src 'none'; sandbox"
        strict = "script-src 'self'" in policy and "frame-ancestors 'none'" in policy
        if "'unsafe-inline'" in policy or not (strict or locked):
            wrong.append((name, policy))

    assert not wrong, "\n".join(map(str, wrong))
