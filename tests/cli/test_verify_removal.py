"""`verify` begins only what it may end, and what stays all the same is in the headline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from iahome_fix.sandbox.site import Site
from iahome_fix.systems.embedded.dsn import dsn_with
from tests.checks.app_support import PATH
from tests.cli.shop_support import Shop, shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from iahome_fix.sandbox.databases import MakeDatabase

CAROL = "carol@example.test"
VERIFY = ("verify", "--email", CAROL, "--module", "3", "--yes", "--timeout", "1.5")
FUNCTION = "create function public.meddle() returns trigger language plpgsql as $f$ begin {body} end $f$"
TRIGGER = "create trigger meddle {when} on public.module_access for each row execute function public.meddle()"
NOTES = "create table public.notes (access_id integer references public.module_access (id))"
NOTE = "insert into public.notes values (new.id); return null;"


@pytest.fixture
def store(tmp_path: Path, make_database: MakeDatabase) -> Iterator[Shop]:
    with shop(tmp_path, make_database()) as running:
        yield running


def as_role(store: Shop, *grants: str) -> None:
    """From now on the commands come as a role that owns nothing."""
    assert store.app.dsn
    for grant in ("grant usage on schema public to authenticator", *grants):
        store.app.sql(grant)
    store.app.variables["SUPABASE_DB_URL"] = dsn_with(store.app.dsn, user="authenticator")


@pytest.mark.parametrize(
    ("grants", "code", "error", "hint"),
    [
        ((), 3, "cannot-read", "grant select, delete on public.module_access to authenticator;"),
        (
            ("grant select on public.module_access to authenticator",),
            1,
            "cannot-remove",
            "grant select, delete on public.module_access to authenticator;",
        ),
        (
            ("grant select, delete on public.module_access to authenticator",),
            1,
            "cannot-remove",
            "connect as the owner",
        ),
    ],
)
def test_a_role_that_may_not_remove_the_access_sends_nothing(
    store: Shop, grants: tuple[str, ...], code: int, error: str, hint: str
) -> None:
    as_role(store, *grants)
    found = store.run(*VERIFY)
    assert (found.code, found.error) == (code, error), found.document["error"]
    assert hint in found.document["error"]["hint"]
    assert (store.app.site.log, store.journal()) == ([], [])


def test_what_would_keep_the_access_is_tried_before_anything_is_sent(store: Shop) -> None:
    for statements in (
        (FUNCTION.format(body="return null;"), TRIGGER.format(when="before delete")),
        (
            FUNCTION.format(body="raise exception 'accesses are never deleted';"),
            TRIGGER.format(when="after delete"),
        ),
        (NOTES, FUNCTION.format(body=NOTE), TRIGGER.format(when="after insert")),
    ):
        for statement in statements:
            store.app.sql(statement)
        found = store.run(*VERIFY)
        assert (found.code, found.verdict, found.error) == (1, "refused", "cannot-remove"), statements
        assert "meddle" in found.document["error"]["message"]
        assert store.app.site.log == []
        assert store.app.sql("select count(*) from public.module_access") == [(0,)]
        store.app.sql("drop function public.meddle() cascade")
    # What only looks on is no obstacle.
    store.app.sql("drop table public.notes")
    store.app.sql(FUNCTION.format(body="return null;"))
    store.app.sql(TRIGGER.format(when="after delete"))
    assert store.run(*VERIFY).verdict == "proved"


class Generous(Site):
    """Its handler writes another row, which carries no session."""

    def _fulfil(self, session: dict[str, Any]) -> None:
        super()._fulfil(session)
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute(
                "insert into public.user_applications (user_id, module_id, module_title)"
                " select user_id::uuid, module_id, 'x' from public.module_access"
            )


def test_what_remains_is_in_the_headline_with_the_statement_that_removes_it(store: Shop) -> None:
    site = Generous(dsn=store.app.dsn or "", webhook_secret=store.app.endpoint.secret)
    with site:
        store.app.site = site
        store.app.endpoint.url = site.url + PATH
        found = store.run(*VERIFY)
        assert (found.code, found.verdict, found.error) == (4, "partly-applied", "left-behind"), (
            found.document
        )
        ((row,),) = store.app.sql("select id::text from public.user_applications")
        assert f"user_applications {row}" in found.document["error"]["message"]
        (left,) = [thing for thing in found.document["remains"] if thing["certain"]]
        assert left["remove"] in found.document["error"]["hint"]
        (run,) = store.journal()
        assert (run["state"], run["changes"]["verified"]["left"]) == (
            "partly",
            [{"table": "user_applications", "id": row}],
        )
        store.app.sql(left["remove"])
        assert store.app.sql("select count(*) from public.user_applications") == [(0,)]
        code, out, _err = store.say(*VERIFY, "--quiet")
    assert code == 4
    assert out.splitlines()[0].startswith("PROVED, AND NOT ALL OF IT REMOVED")
    assert "delete from public.user_applications" in out
