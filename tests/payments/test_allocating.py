"""Which money settles which bill: nothing is lost, nothing is given twice."""

from hypothesis import given
from hypothesis import strategies as st

from billpay.payments.allocating import Cover, Fund, Need, Share, add_up, cover

amounts = st.lists(st.integers(min_value=0, max_value=10_000), max_size=8)


def test_credit_goes_to_what_comes_first():
    covered = cover([Need("a", 45_00), Need("b", 10_00)], [Fund("credit", 25_44), Fund("cash", 29_56)])

    assert covered == Cover((Share("a", "credit", 25_44), Share("a", "cash", 19_56), Share("b", "cash", 10_00)), 0)


@given(amounts, amounts)
def test_shares_and_rests_add_up(needs, funds):
    covered = cover(
        [Need(index, minor) for index, minor in enumerate(needs)],
        [Fund(index, minor) for index, minor in enumerate(funds)],
    )

    given_out = sum(share.minor for share in covered.shares)
    assert given_out + covered.uncovered_minor == sum(needs)
    assert given_out == min(sum(needs), sum(funds))


@given(amounts, amounts)
def test_nobody_gets_or_gives_more_than_there_is(needs, funds):
    covered = cover(
        [Need(index, minor) for index, minor in enumerate(needs)],
        [Fund(index, minor) for index, minor in enumerate(funds)],
    )

    assert all(share.minor > 0 for share in covered.shares)
    for key, minor in add_up((share.need, share.minor) for share in covered.shares).items():
        assert minor <= needs[key]
    for key, minor in add_up((share.fund, share.minor) for share in covered.shares).items():
        assert minor <= funds[key]
