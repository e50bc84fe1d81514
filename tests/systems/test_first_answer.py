"""The first question to a system: its silence is everybody's, its answer nobody's."""

from __future__ import annotations

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.sandbox.stripe import StripeStandIn, StripeState
from iahome_fix.systems.first_answer import FirstAnswer
from iahome_fix.systems.stripe_account import StripeAccount
from iahome_fix.systems.stripe_errors import StripeFailure
from tests.cli.hanging import silence

KEYS = MODULE_ACCESS.checkout

SECONDS = 1.0


def reason(account: StripeAccount) -> str | None:
    """What one read ends in; None for an answer."""
    try:
        account.endpoints()
    except StripeFailure as failure:
        return failure.reason
    return None


def test_one_silence_is_enough_for_all_who_ask() -> None:
    with silence() as server:
        key, base = "sk_" + "test_" + secrets.token_hex(12), f"http://127.0.0.1:{server.port}"
        began = time.monotonic()
        with (
            closing(StripeAccount(key, keys=KEYS, base_url=base, timeout=SECONDS)) as account,
            ThreadPoolExecutor(8) as crew,
        ):
            told = list(crew.map(lambda _number: reason(account), range(8)))
            told.append(reason(account))
        assert told == ["unreachable"] * 9
        assert len(server.came) == 1
        assert time.monotonic() - began < 8 * SECONDS


def test_after_an_answer_each_question_stands_for_itself() -> None:
    state = StripeState()
    with StripeStandIn(state) as server:
        key = state.add_key("test")
        with closing(StripeAccount(key, keys=KEYS, base_url=server.url, timeout=SECONDS)) as account:
            assert reason(account) is None
            state.trouble.hang_seconds = 3 * SECONDS
            assert reason(account) == "unreachable"
            state.trouble.hang_seconds = 0.0
            assert reason(account) is None


def test_a_question_that_was_interrupted_leaves_the_next_to_find_out() -> None:
    first = FirstAnswer()
    with pytest.raises(KeyboardInterrupt), first.asking():
        raise KeyboardInterrupt
    with pytest.raises(TimeoutError, match="the second"), first.asking():
        first.silent(failure := TimeoutError("the second"))
        raise failure
    with pytest.raises(TimeoutError, match="the second"), first.asking():
        raise AssertionError("it is not asked again")
