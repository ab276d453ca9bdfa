"""
A migrated SQLite database to copy: migrating takes longer than most runs of a few tests.

It is kept in the temporary directory under a digest of everything that shapes it, so that any change makes a new one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def copy_to(path: Path) -> None:
    """Put a copy of the migrated database at `path`; the first run to ask makes it, the others wait."""
    template = Path(tempfile.gettempdir()) / f"billpay-template-{os.getuid()}-{digest()}.sqlite3"
    with template.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not template.exists():
            _migrate(template)
    shutil.copyfile(template, path)


def digest() -> str:
    """Of migrations, guards and what installs them, and of the packages that bring migrations of their own."""
    whole = hashlib.sha256()
    shaping = [*ROOT.glob("billpay/**/migrations/*.py"), *ROOT.glob("billpay/**/guards.py")]
    for path in sorted(
        [*shaping, *ROOT.glob("billpay/guards/**/*.py"), ROOT / "uv.lock", ROOT / "billpay/settings.py"]
    ):
        whole.update(path.relative_to(ROOT).as_posix().encode())
        whole.update(path.read_bytes())
    return whole.hexdigest()[:20]


def _migrate(template: Path) -> None:
    unfinished = template.with_suffix(f".{os.getpid()}")
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env=os.environ
        | {
            "DATABASE_URL": f"sqlite:///{unfinished}",
            "DJANGO_SETTINGS_MODULE": "billpay.settings",
            "DEBUG": "1",
            "SECRET_KEY": "a-key-for-tests-only",
        },
        check=True,
    )
    unfinished.rename(template)
