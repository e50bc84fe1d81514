"""What the source of a trigger's function says of a purchase, and where it says nothing for certain."""

from __future__ import annotations

import pytest

from iahome_fix.checks.schema.trigger_bodies import Effect, Told, read, readable

HOLDS = {
    "new.access_type = 'purchase'": True,
    "new.access_type='token'": False,
    "new.token_id is null": True,
    "'INSERT' = 'INSERT'": True,
    "(false) is not true": True,
    "(coalesce(new.is_active, true)) is not true": False,
    "(now() - interval '1 hour') <= now() at time zone 'utc'": True,
}


def told(body: str, *, drops: bool = True) -> Told | None:
    return read(body, HOLDS.get, drops=drops)


@pytest.mark.parametrize(
    ("body", "effect", "words"),
    [
        ("begin raise exception 'closed; ask % why', new.id; end", "raises", "closed; ask % why"),
        ("begin raise 'it''s closed'; end", "raises", "it's closed"),
        ("DECLARE n int := 1;\nBEGIN\n RAISE NOTICE 'hm';\n RETURN NULL;\nEND", "drops", ""),
        ("begin if new.access_type = 'purchase' then return null; end if; return new; end", "drops", ""),
        ("begin if tg_op = 'INSERT' then raise exception 'no'; end if; return new; end", "raises", "no"),
        (
            (
                "begin if new.access_type='token' then if new.token_id is null then return new; end if;"
                " elsif new.token_id is null then raise exception 'b'; else return new; end if; end"
            ),
            "raises",
            "b",
        ),
        (
            "begin if new.access_type='token' then return new; else null; end if; return null; end",
            "drops",
            "",
        ),
        ("begin new.is_active := false; return new; end", "hides", "is_active := false"),
        (
            "begin new.expires_at = now() - interval '1 hour'; return new; end",
            "hides",
            "expires_at := now() - interval '1 hour'",
        ),
    ],
)
def test_what_it_does_is_told(body: str, effect: Effect, words: str) -> None:
    assert told(body) == Told(effect, words)


@pytest.mark.parametrize(
    "body",
    [
        "begin return new; end",
        "begin -- raise exception 'no';\n /* return null; */ new.updated_at := now(); return new; end",
        "begin raise warning 'return null;'; return new; end",
        "begin if new.access_type='token' then raise exception 'no'; end if; return new; end",
        "begin new.is_active := false; new.is_active := coalesce(new.is_active, true); return new; end",
        # not known: a variable, a query, a loop, an error that is caught, a function of somebody
        "declare n int; begin if n > 3 then raise exception 'no'; end if; return null; end",
        "begin if exists (select 1) then raise exception 'no'; end if; return null; end",
        "begin while false loop raise exception 'no'; end loop; return null; end",
        "begin raise exception 'no'; exception when others then return new; end",
        "begin if public.closed(new.id) then raise exception 'no'; end if; return null; end",
        "begin begin raise exception 'no'; end; return null; end",
        "select 1",
        "begin if new.access_type = 'purchase'",
    ],
)
def test_what_is_harmless_or_not_certain_is_no_verdict(body: str) -> None:
    assert told(body) is None


def test_only_a_trigger_before_each_row_leaves_the_row_out() -> None:
    assert told("begin return null; end", drops=False) is None
    assert told("begin raise exception 'no'; end", drops=False) == Told("raises", "no")


def test_what_calls_functions_or_names_roles_is_not_tried() -> None:
    assert readable("new.a is null and lower(new.b) in ('f(x)', 'y')")
    for condition in (
        "public.f(new.a)",
        "current_user = 'x'",
        "auth.uid() is null",
        "n > 1",
        "new.a ### 1",
        "é(new.a)",
    ):
        assert not readable(condition)


UPDATED = {"'UPDATE' = 'INSERT'": False, "'UPDATE' = 'UPDATE'": True, "old.is_active": True}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "begin new.updated_at = now(); return new; end",
            Told("raises", 'record "new" has no field "updated_at"', "updated_at"),
        ),
        ("begin new.user_id := lower(new.user_id); return new; end", None),
        ("begin if tg_op = 'INSERT' then new.gone := 1; end if; return new; end", None),
        ("begin if old.is_active then return old; end if; return new; end", Told("drops")),
        (
            "begin if tg_op = 'UPDATE' then raise 'for ever'; end if; return new; end",
            Told("raises", "for ever"),
        ),
        ("begin if old.user_id = new.user_id then raise 'who knows'; end if; return new; end", None),
        ("begin return new; end", None),
    ],
)
def test_what_it_does_with_an_update_is_told(body: str, expected: Told | None) -> None:
    columns = ("user_id", "is_active")
    assert read(body, UPDATED.get, drops=True, columns=columns, event="UPDATE") == expected
