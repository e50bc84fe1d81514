"""What a person took away beside a payment, case by case, all in one database and one plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import product

import pytest
from psycopg.types.json import Jsonb

from iahome_fix.errors import Refused
from tests.checks.app_support import App, ago
from tests.repairs.reconciling.support import ALICE, BOB, CAROL, apply, groups, plan, rows


@dataclass(frozen=True)
class Case:
    """A customer with one payment and one row; hours from now, None for no end."""

    paid: int
    made: int
    ends: int | None
    active: bool | None
    cites: str

    def expected(self, term: int) -> str:
        """The rule once more, in the plainest way."""
        taken = self._taken()
        lasting = self.ends is None or self.ends >= self.paid + term - 1
        if not taken and (self.cites == "it" or lasting):
            return "covered"
        speaks = self.cites == "it" or (self.cites != "another" and self.paid <= self.made)
        if taken and speaks:
            return "withdrawn"
        return "over" if self.paid + term <= 0 else "to_create"

    def _taken(self) -> bool:
        if self.active is None:
            return False
        if self.ends is None or self.ends > 0:
            return not self.active
        return self.ends - self.made < 72  # before its making: `updated_at` is of today


EVERY = tuple(
    Case(*parts)
    for parts in product(
        (-60, -10, -100),
        (-50, -5),
        (None, 30, 90, -1, -55),
        (True, False, None),
        ("it", "another", "token", "nothing"),
    )
)


def put(app: App, cases: tuple[Case, ...]) -> dict[str, Case]:
    app.sql(
        "insert into auth.users (id, email)"
        " select gen_random_uuid(), 'c' || n || '@example.test' from generate_series(0, %s) n",
        len(cases) - 1,
    )
    ids = dict(app.sql("select email, id::text from public.profiles"))
    found = {}
    for number, case in enumerate(cases):
        email = f"c{number}@example.test"
        session = app.buys(email, 15, pay=False, created=ago(hours=-case.paid))
        found[session] = case
        metadata = {"it": {"session_id": session}, "another": {"session_id": "cs_of_another_day"}}.get(
            case.cites, {}
        )
        app.sql(
            "insert into public.module_access"
            " (user_id, module_id, is_active, token_id, metadata, expires_at, created_at)"
            " values (%s, 15, %s, %s, %s, timezone('utc', now()) + %s * interval '1 hour',"
            " timezone('utc', now()) + %s * interval '1 hour')",
            ids[email],
            case.active,
            "a token that is gone" if case.cites == "token" else None,
            Jsonb(metadata),
            case.ends,
            case.made,
        )
    return found


@pytest.mark.parametrize("days", [3, 30])
def test_nobody_gets_what_a_person_took_away_and_everybody_else_what_is_due(app: App, days: int) -> None:
    cases = put(app, EVERY)
    gone = "select id, to_jsonb(m) from public.module_access m where not is_active"
    before = dict(app.sql(gone))
    found = plan(app, chosen=timedelta(days=days))
    verdicts = dict.fromkeys(cases, "covered") | {sold.session_id: sold.case for sold in found.sold}
    wrong = {
        case: verdicts[session]
        for session, case in cases.items()
        if verdicts[session] != case.expected(24 * days)
    }
    assert wrong == {}
    assert len(found.withdrawn) == found.counts["withdrawn"] > 20
    assert apply(app, found) == found.to_create > 20
    again = plan(app, chosen=timedelta(days=days))
    assert (again.to_create, again.withdrawn) == (0, found.withdrawn)
    assert dict(app.sql(gone)).items() >= before.items()


def test_it_is_given_back_on_purpose_with_undo(app: App) -> None:
    session = app.buys(CAROL, 15, pay=False, created=ago(hours=5))
    app.grant(CAROL, 15, session, 67)
    app.sql("update public.module_access set is_active = false, expires_at = now()")
    [(taken,)] = rows(app, "id::text")
    assert groups(plan(app, chosen=timedelta(days=30))) == {"withdrawn": 1}
    with pytest.raises(Refused, match="--restore 4711") as refused:
        plan(app, restore=(taken, "4711"))
    assert refused.value.code == "not-withdrawn"

    found = plan(app, restore=(taken,))
    assert groups(found) == {"to_create": 1}
    assert [(one.row_id, one.email, one.given_back) for one in found.withdrawn] == [(taken, CAROL, True)]
    assert apply(app, found) == 1
    assert rows(app, "metadata ->> 'session_id'", "is_active") == [(session,)]
    assert groups(plan(app)) == {"covered": 1}
    # Taken away once more: it is the row that was given back which says so.
    app.sql("update public.module_access set is_active = false where is_active")
    [(given,)] = rows(app, "id::text", f"id > {taken}")
    assert [one.row_id for one in plan(app).withdrawn] == [given]


def test_who_bought_again_gets_the_second_one(app: App) -> None:
    first = app.buys(ALICE, 15, pay=False, created=ago(hours=50))
    app.grant(ALICE, 15, first, 22)
    app.sql("update public.module_access set is_active = false")
    app.buys(ALICE, 15, pay=False, created=ago(hours=2))
    found = plan(app)
    assert groups(found) == {"withdrawn": 1, "to_create": 1}
    assert apply(app, found) == 1
    # The second one lasts longer than the first would have.
    assert groups(plan(app)) == {"covered": 2}


def test_what_this_tool_replaced_is_no_withdrawal(app: App) -> None:
    app.grant(BOB, 15, "cs_before", 10)
    app.buys(BOB, 15, pay=False)
    assert apply(app, plan(app)) == 1
    assert rows(app, "is_active, metadata ->> 'deactivated_because'") == [(False, "replaced"), (True, None)]
    app.sql("delete from public.module_access where is_active")
    assert groups(plan(app)) == {"to_create": 1}


def bought_again(app: App) -> None:
    """Carol has what she bought, for twelve hours yet, and bought it once more, which the handler refused."""
    app.grant(CAROL, 15, app.buys(CAROL, 15, pay=False, created=ago(hours=60)), hours=12)
    app.buys(CAROL, 15, pay=False, created=ago(hours=1))


def test_who_takes_the_longer_access_away_takes_away_what_it_replaced(app: App) -> None:
    bought_again(app)
    assert apply(app, plan(app)) == 1
    app.sql(
        "update public.module_access set is_active = false, updated_at = timezone('utc', now())"
        " where is_active"
    )
    assert groups(plan(app)) == {"covered": 1, "withdrawn": 1}


def test_what_somebody_gave_by_hand_is_given_though_their_own_access_was_replaced(app: App) -> None:
    app.grant(ALICE, 15, app.buys(CAROL, 15, pay=False, created=ago(hours=60)), hours=12)
    app.buys(ALICE, 15, pay=False, created=ago(hours=1))
    assert groups(plan(app)) == {"covered": 1, "to_create": 1}
    assert apply(app, plan(app)) == 1
    assert groups(plan(app)) == {"covered": 2}
