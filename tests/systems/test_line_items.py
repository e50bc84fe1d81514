"""The line items of a session are read whole: the first ten with it, the others at their own address."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.sandbox.stripe import StripeStandIn, StripeState
from iahome_fix.systems.stripe_account import StripeAccount

KEYS = MODULE_ACCESS.checkout

SINCE = datetime.now(UTC) - timedelta(days=1)


@pytest.mark.parametrize("count", [0, 1, 10, 11, 120])
@pytest.mark.parametrize("permissions", [None, ("checkout_session_read",)])
def test_all_of_them_are_read_in_their_order(count: int, permissions: tuple[str, ...] | None) -> None:
    state = StripeState()
    titles = tuple(f"Module {number}" for number in range(count))
    state.add_session(sold=[(title, 990) for title in titles])
    key = state.add_key("live", "restricted" if permissions else "secret", permissions)
    with (
        StripeStandIn(state) as server,
        closing(StripeAccount(key, keys=KEYS, base_url=server.url, timeout=5)) as account,
    ):
        (session,) = account.sessions(SINCE)
        assert session.items == titles
        if permissions is None:
            assert [s.items for page in account.session_pages(SINCE) for s in page] == [titles]
