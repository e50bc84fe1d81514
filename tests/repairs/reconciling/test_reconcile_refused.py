"""What the database refuses is told with the object that the server named, and with the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iahome_fix.errors import Refused
from tests.repairs.reconciling.support import CAROL, apply, plan

if TYPE_CHECKING:
    from tests.checks.app_support import App

FIRES = (
    "create trigger on_grant after insert on public.module_access for each row"
    " execute function public.notify_grant()"
)
REFUSED = {
    "a rule in place of the insert": (
        "create rule quiet as on insert to public.module_access do instead nothing",
        ("0A000", "INSERT RETURNING", "module_access"),
        "pg_rules where tablename = 'module_access'",
    ),
    "what only its maker knows": (
        (
            "create function public.odd(text) returns boolean language sql immutable as"
            " $f$ select 1 / (length($1) - 36) is not null $f$;"
            " create index odd_owners on public.module_access (public.odd(user_id))"
        ),
        ("22012", "division by zero"),
        "`doctor` says what stands in the way",
    ),
    "no schema net": (
        (
            "create function public.notify_grant() returns trigger language plpgsql as $f$ begin"
            " perform net.http_post(url := 'https://hooks.example.test/x', body := to_jsonb(new));"
            f" return new; end $f$; {FIRES}"
        ),
        ('(3F000): schema "net" does not exist', "notify_grant()", "the trigger on_grant on module_access"),
        "pg_net",
    ),
    "a function that is not found": (
        (
            "create function public.notify_grant() returns trigger language plpgsql as $f$ begin"
            f" perform elsewhere(new.id); return new; end $f$; {FIRES}"
        ),
        ("42883", "function elsewhere(integer)", "notify_grant()", "the trigger on_grant on module_access"),
        "search_path",
    ),
    "a constraint": (
        "alter table public.module_access add constraint few check (module_id <> 15)",
        ("23514", "few", "module_access"),
        "drop constraint few",
    ),
    "a stamp that takes the owner away": (
        (
            "create function public.notify_grant() returns trigger language plpgsql as $f$ begin"
            f" new.user_id := auth.uid()::text; return new; end $f$; {FIRES.replace('after', 'before')}"
        ),
        ("23502", "user_id", "after the trigger on_grant on module_access may have changed the row"),
        'disable trigger "on_grant"',
    ),
    "a column that nobody fills": (
        "alter table public.module_access add column batch text not null",
        ("23502", "batch", "module_access"),
        "alter column batch drop not null",
    ),
    "a setting that no session has": (
        (
            "alter table public.module_access add column tenant text;"
            " alter table public.module_access alter tenant set default current_setting('app.tenant')"
        ),
        ('unrecognized configuration parameter "app.tenant"',),
        "current_setting(name, true)",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_object_and_the_next_step_are_named(own: App, name: str) -> None:
    statement, says, hint = REFUSED[name]
    own.buys(CAROL, 15, pay=False)
    agreed = plan(own)
    own.sql(statement)
    with pytest.raises(Refused) as refusal:
        apply(own, agreed)
    for phrase in says:
        assert phrase in refusal.value.message
    assert hint in (refusal.value.hint or "")
    assert own.sql("select count(*) from public.module_access") == [(0,)]


@pytest.mark.parametrize(
    "takes", ["delete from public.module_access", "update public.module_access set is_active = false"]
)
def test_no_access_is_written_that_costs_another(own: App, takes: str) -> None:
    own.grant(CAROL, 13, "cs_before")
    own.buys(CAROL, 15, pay=False)
    agreed = plan(own)
    own.sql(
        "create function public.keep_latest() returns trigger language plpgsql as $f$ begin"
        f" {takes} where user_id = new.user_id and id <> new.id and is_active; return null; end $f$;"
        + FIRES.replace("notify_grant", "keep_latest")
    )
    with pytest.raises(Refused, match="1 other accesses were taken away") as refusal:
        apply(own, agreed)
    assert refusal.value.code == "not-kept"
    assert "trigger" in (refusal.value.hint or "")
    assert own.sql("select module_id from public.module_access where is_active") == [(13,)]


def test_what_is_over_may_be_cleared_away_by_a_trigger(own: App) -> None:
    own.grant(CAROL, 13, "cs_before")
    own.sql("update public.module_access set expires_at = now() - interval '1 day'")
    own.buys(CAROL, 15, pay=False)
    agreed = plan(own)
    own.sql(
        "create function public.clear() returns trigger language plpgsql as $f$ begin"
        " delete from public.module_access where expires_at < now(); return null; end $f$;"
        + FIRES.replace("notify_grant", "clear")
    )
    apply(own, agreed)
    assert own.sql("select module_id from public.module_access") == [(15,)]
