"""Facts are found once, and what rests on one that is renewed is found anew."""

from __future__ import annotations

import pytest

from iahome_fix.facts.store import Facts


def test_what_rests_on_a_renewed_fact_is_found_anew_and_nothing_else() -> None:
    facts = Facts()
    counted = {"rows": 0, "sales": 0, "sessions": 0}

    def found(name: str) -> int:
        counted[name] += 1
        return counted[name]

    def sales() -> int:
        facts.get("rows", lambda: found("rows"))
        facts.get("sessions", lambda: found("sessions"))
        return found("sales")

    for _time in range(2):
        with facts.asked_by("check a"):
            assert facts.get("sales", sales) == 1
        with facts.asked_by("check b"):
            assert facts.get("sessions", lambda: found("sessions")) == 1
    assert facts.rests_on("check a", "rows")
    assert not facts.rests_on("check b", "rows")

    assert facts.renew("rows") == 1
    assert facts.renewals("rows") == 1
    assert facts.known("sales") == 1, "what was found last is known until it is found anew"
    assert facts.get("sales", sales) == 2
    assert counted == {"rows": 2, "sales": 2, "sessions": 1}
    assert facts.known("sales") == 2


def test_what_was_found_with_what_was_renewed_meanwhile_is_no_fact() -> None:
    facts = Facts()

    def slow() -> str:
        facts.get("rows", lambda: "old")
        facts.renew("rows")
        return "by the old rows"

    assert facts.get("sales", slow) == "by the old rows"
    assert facts.get("sales", lambda: "anew") == "anew"


def test_a_failure_is_remembered() -> None:
    facts = Facts()

    def fails() -> str:
        raise ValueError("once")

    for find in (fails, lambda: "never asked"):
        with pytest.raises(ValueError, match="once"):
            facts.get("it", find)
    assert facts.known("it") is None
