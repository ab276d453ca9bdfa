"""
Rules that the database keeps by triggers, against whoever writes to it: see docs/adr/0020-guards-in-the-database.md.

An app declares them as `GUARDS` in its `guards.py`; its migrations install them with `InstallGuards`.
"""

from billpay.guards.counting import Counted, CountedLive
from billpay.guards.installing import lifted, missing, strangers, wanted
from billpay.guards.operations import DropGuards, InstallGuards
from billpay.guards.rules import AppendOnly, Frozen, Refuse, SameCompany
from billpay.guards.triggers import Guard

__all__ = [
    "AppendOnly",
    "Counted",
    "CountedLive",
    "DropGuards",
    "Frozen",
    "Guard",
    "InstallGuards",
    "Refuse",
    "SameCompany",
    "lifted",
    "missing",
    "strangers",
    "wanted",
]
