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
    "a column that nobody fills": (
        "alter table public.module_access add column batch text not null",
        ("23502", "batch", "module_access"),
        "alter column batch drop not null",
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
