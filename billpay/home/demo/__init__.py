"""
The demo company: Harbour Lane Trading, a shop and wholesaler by a harbour, and what it did these four months.

It is played day by day through the same actions as people use, so that books and trail are what they would be.
"""

from billpay.home.demo.story import SLUG, seed

__all__ = ["SLUG", "seed"]
