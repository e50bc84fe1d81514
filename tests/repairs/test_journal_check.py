"""A journal is input: what this tool did not write is refused as a whole, and each file by itself."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from iahome_fix.repairs.journal.file import MOST_BYTES
from iahome_fix.repairs.journal.journal import Journal, Unread
from iahome_fix.repairs.journal.run import Run, new_run_id
from iahome_fix.repairs.schema import forms as schema_forms
from iahome_fix.repairs.undo import schema as undo_schema
from iahome_fix.repairs.undo.part import PartBack
from iahome_fix.schema.requirements import requirements

SITE = "https://shop.example"
HOOK = f"{SITE}/api/webhooks/stripe"
EVENT = "checkout.session.completed"
RLS = {"item": "row level security", "before": "off", "after": "on", "identity": "1", "inverse": []}
POLICY = "create policy p on public.module_access as permissive for select to anon using (true)"
KEY = "FOREIGN KEY (module_id) REFERENCES modules(id) ON DELETE CASCADE"
Spoil = Callable[[dict[str, Any]], Any]


def whole(journal: Journal, changes: dict[str, Any] | None = None) -> tuple[Path, dict[str, Any]]:
    """A run as the tool notes it: the file, and its content."""
    target = {"site": SITE, "supabase_ref": None, "database": "db", "stripe_mode": "live"}
    run = journal.begin(new_run_id(), "repair", target, {"any": 1})
    journal.end(run, "applied", changes or {})
    file = journal.folder / f"{run.run_id}.json"
    return file, json.loads(file.read_text(encoding="utf-8"))


def changed(**changes: Any) -> Spoil:
    return lambda noted: noted["changes"].update(changes)


def endpoint(before: Any, after: Any, name: str = "we_1Abc") -> Spoil:
    return changed(stripe=[{"endpoint": name, "before": before, "after": after}])


def part(**more: Any) -> Spoil:
    """With `inverse` None there is none in the file; `steps`: those of the run, every one if not given."""
    steps = more.pop("steps", [r.id for r in requirements()])
    entry = {k: v for k, v in (RLS | more).items() if (k, v) != ("inverse", None)}
    return changed(schema=steps, schema_parts=[entry])


GOOD: dict[str, Spoil] = {
    "nothing": lambda _noted: None,
    "what a later version may add": lambda noted: noted.update(more=1),
    "security": part(inverse=["alter table public.module_access disable row level security"]),
    "an endpoint": endpoint(
        {"url": f"https://www.shop.example/x?y={1}", "enabled_events": ["*"], "status": "disabled"},
        {"url": HOOK, "enabled_events": ["*", EVENT], "status": "enabled"},
    ),
    "a new endpoint": endpoint(None, {"url": HOOK, "enabled_events": [EVENT], "status": "enabled"}),
    "rows": changed(
        rows={"counts": {"created": 2}, "versions": ["7"], "ids": {"created": [1, "a"], "left_out": 0}}
    ),
    "an odd name": part(
        item='index idx_module_access_a"; é',
        before=None,
        after='CREATE INDEX "idx_module_access_a""; é" ON public.module_access USING btree (user_id)',
        inverse=['drop index public."idx_module_access_a""; é"'],
    ),
    "a checked key": part(
        item="constraint module_access_module_id_fkey",
        before=f"{KEY} NOT VALID",
        after=KEY,
        inverse=[
            "alter table public.module_access drop constraint module_access_module_id_fkey",
            f"alter table public.module_access add constraint module_access_module_id_fkey {KEY} NOT VALID",
        ],
    ),
    "rights that anon lost": part(
        item="rights of anon", before="insert, select", after="none", inverse=None, steps=["160_anon"]
    ),
    "rights that the server got": part(
        item="rights of service_role", before="select", after="insert, select, update (is_active)"
    ),
}
FOREIGN: dict[str, Spoil] = {
    # Each of these would be put together anew from what it was, and carried out.
    "an index of others": part(item="index mine", before=None, after="CREATE INDEX mine", inverse=None),
    "an index that stops sales": part(
        item="index idx_module_access_x",
        before="CREATE UNIQUE INDEX idx_module_access_x ON public.module_access USING btree (user_id)",
        after=None,
        inverse=None,
    ),
    "a key that stops sales": part(
        item="constraint module_access_pkey2", before="UNIQUE (user_id)", after=None, inverse=None
    ),
    "a policy of others": part(item="policy no_banned", before=None, after=POLICY, inverse=None),
    "a constraint of others": part(item="constraint once", before=None, after="UNIQUE (x)", inverse=None),
    "a sequence of others": part(item="sequence invoices_seq", before=None, after="there", inverse=None),
    "a column of others": part(item="column module_access.note", before=None, after="there", inverse=None),
    "ends that must be there": part(
        item="empty values of module_access.expires_at", before="refused", after="taken", inverse=None
    ),
    "accesses that begin inactive": part(
        item="default of module_access.is_active", before="false", after="true", inverse=None
    ),
    "accesses that are over at once": part(
        item="default of module_access.expires_at", before="now()", after="none", inverse=None
    ),
    "a server that had a right": part(
        item="rights of service_role", before="insert", after="none", inverse=None
    ),
    "everybody who may read": part(item="rights of public", before="none", after="select", inverse=None),
    "security that goes on": part(before="on", after="off", inverse=None),
    "another table's statement": part(inverse=["alter table public.profiles disable row level security"]),
    "another table's column": part(item="column profiles.email", before=None),
    "a column that is not ours": part(item="column access_tokens.jwt_token", before=None),
    "two statements": part(
        inverse=["alter table public.module_access disable row level security; drop table public.profiles"]
    ),
    "a statement behind a comment": part(
        inverse=["alter table public.module_access disable row level security --\n; drop table x"]
    ),
    "a statement behind a state": part(
        item="default of module_access.is_active",
        before="true; drop table public.profiles",
        after="x",
        inverse=["alter table public.module_access alter column is_active set default true; drop table"],
    ),
    "a policy of another table": part(
        item="policy p",
        before=POLICY.replace("module_access", "profiles"),
        after=None,
        inverse=[POLICY.replace("module_access", "profiles")],
    ),
    "a trigger": part(item="trigger t", before=None, after="CREATE TRIGGER"),
    "a right of another role": part(item="rights of postgres", before="none", after="select"),
    "a right on another table": part(
        item="rights of anon",
        before="select",
        after="none",
        inverse=["grant select on profiles to anon"],
    ),
    # No step of the run can have made these.
    "security without its step": part(inverse=None, steps=["100_indexes"]),
    "security of a run without steps": part(inverse=None, steps=[]),
    "rights of anon without their step": part(
        item="rights of anon", before="insert, select", after="none", inverse=None, steps=["120_x"]
    ),
    "a right more than the step left": part(
        item="rights of authenticated", before="select, update", after="select", inverse=None, steps=["145_x"]
    ),
    "rights to a sequence without their step": part(
        item="rights of anon to sequence module_access_id_seq",
        before="usage",
        after="none",
        inverse=None,
        steps=["160_anon"],
    ),
    "a table without its step": part(
        item="table module_access", before=None, after="there", inverse=None, steps=["020_columns"]
    ),
    "a column without its step": part(
        item="column module_access.metadata", before=None, after="there", inverse=None, steps=["010_table"]
    ),
    "another host": endpoint({"url": "https://evil.example/api/webhooks/stripe"}, {"url": HOOK}),
    "another host behind a name": endpoint({"url": "https://shop.example.evil.example/"}, {"url": HOOK}),
    "an endpoint that is disabled": endpoint({"status": "enabled"}, {"status": "disabled"}),
    "events that are taken away": endpoint({"enabled_events": ["a.b"]}, {"enabled_events": ["a.b", "c.d"]}),
}
DAMAGED: dict[str, Spoil] = {
    "no before": changed(stripe=[{"endpoint": "we_1", "after": {"url": HOOK}}]),
    "fields that differ": endpoint({}, {"url": HOOK}),
    "an odd endpoint": endpoint(None, {"url": HOOK}, "we_1/../../accounts"),
    "an endpoint that is a list": endpoint(None, {"url": HOOK}, ["we_1"]),  # type: ignore[arg-type]
    "a name before the host": endpoint({"url": "https://shop.example@evil.example/"}, {"url": HOOK}),
    "a backslash behind the host": endpoint({"url": "https://evil.example\\@shop.example/"}, {"url": HOOK}),
    "another scheme": endpoint({"url": "file:///etc/passwd"}, {"url": HOOK}),
    "a field that is not ours": endpoint({"description": "x"}, {"description": "y"}),
    "stripe that is an object": changed(stripe={}),
    "changes that are a list": lambda noted: noted.update(changes=[1]),
    "rows that are a text": changed(rows="all"),
    "versions that are statements": changed(rows={"versions": ["1) or true --"]}),
    "a count below nothing": changed(rows={"counts": {"created": -1}}),
    "a form of many blanks": changed(
        emails={
            "changed": 1,
            "version": "7",
            "forms": [{"id": "a", "capitals": [], "before": 10**9, "after": 0}],
        }
    ),
    "steps that are no steps": changed(schema=["drop table x"]),
    "parts that are texts": changed(schema_parts=["x"]),
    "a state that is a number": part(before=7),
    "an unknown state": lambda noted: noted.update(state="done"),
    "an unknown command": lambda noted: noted.update(command="rm"),
    "the id of another run": lambda noted: noted.update(run_id="20260101-000000-abcdef"),
    "a time that is none": lambda noted: noted.update(started="yesterday"),
    "a time without a zone": lambda noted: noted.update(started="2026-01-01T00:00:00"),
    "a target that is a text": lambda noted: noted.update(target="shop"),
    "words that a terminal obeys": lambda noted: noted.update(who="\x1b[2J"),
    "no plan": lambda noted: noted.pop("plan"),
}


@pytest.mark.parametrize("case", GOOD)
def test_what_the_tool_writes_is_taken(case: str, tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    file, noted = whole(journal)
    GOOD[case](noted)
    file.write_text(json.dumps(noted), encoding="utf-8")
    found = journal.find(file.stem)
    assert found is not None
    assert found.changes == noted["changes"]


@pytest.mark.parametrize("case", [*FOREIGN, *DAMAGED])
def test_what_it_cannot_have_written_is_refused_and_the_others_are_listed(case: str, tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    other, _noted = whole(journal)
    file, noted = whole(journal)
    (FOREIGN | DAMAGED)[case](noted)
    file.write_text(json.dumps(noted), encoding="utf-8")
    entries = {entry.run_id: entry for entry in journal.entries()}
    assert isinstance(entries[other.stem], Run)
    problem = entries[file.stem]
    assert isinstance(problem, Unread)
    assert problem.foreign is (case in FOREIGN)
    error = problem.error()
    assert (error.exit_code, error.code) == (
        (1, "journal-foreign") if case in FOREIGN else (3, "journal-damaged")
    )
    assert "evil" not in error.message
    assert str(file) in (error.hint or "")


def _utf_16(file: Path) -> None:
    file.write_bytes(file.read_text(encoding="utf-8").encode("utf-16"))


def _twice(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"state"', '"state": "failed", "state"'), encoding="utf-8")


def _huge(file: Path) -> None:
    with file.open("ab") as opened:
        opened.truncate(MOST_BYTES + 1)


def _link(file: Path) -> None:
    file.rename(file.with_suffix(".kept"))
    file.symlink_to(file.with_suffix(".kept"))


def _pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


SPOILT: dict[str, tuple[Callable[[Path], Any], str]] = {
    "cut": (lambda file: file.write_bytes(file.read_bytes()[:-9]), "no complete JSON"),
    "empty": (lambda file: file.write_bytes(b""), "no complete JSON"),
    "UTF-16": (_utf_16, "UTF-8"),
    "no object": (lambda file: file.write_text("[1]"), "no object"),
    "null": (lambda file: file.write_text("null"), "no object"),
    "deep": (lambda file: file.write_text("[" * 100_000), "nested too deeply"),
    "NaN": (lambda file: file.write_text('{"a": NaN}'), "a number that is none"),
    "twice": (_twice, "stands twice"),
    "huge": (_huge, "MB"),
    "link": (_link, "a link"),
    "pipe": (_pipe, "no regular file"),
    "folder": (_folder, "cannot be read"),
}


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes as on Unix")
@pytest.mark.parametrize("case", SPOILT)
def test_a_file_that_is_no_journal_is_said_to_be_what_it_is(case: str, tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    file, _noted = whole(journal)
    spoil, reason = SPOILT[case]
    spoil(file)
    (entry,) = journal.entries()
    assert isinstance(entry, Unread)
    assert reason in entry.reason
    assert entry.error().exit_code == 3


@pytest.mark.parametrize(
    ("item", "before", "statement"),
    [
        ("default of module_access.is_active", "'{}'::jsonb", "set default '{}'::jsonb"),
        ("default of module_access.id", "nextval('module_access_id_seq'::regclass)", "set default nextval"),
        ("default of module_access.created_at", "timezone('utc'::text, now())", "set default timezone"),
        ("default of module_access.is_active", "none", "drop default"),
        (
            "constraint f",
            "FOREIGN KEY (module_id) REFERENCES modules(id) NOT VALID",
            "public.modules (id) NOT",
        ),
        ("constraint u", 'UNIQUE (user_id, "In;dex")', 'add constraint "u" UNIQUE (user_id, "In;dex")'),
    ],
)
def test_a_part_is_made_again_from_what_it_was(item: str, before: str, statement: str) -> None:
    known = schema_forms.item_of(item)
    assert known is not None
    assert any(statement in each for each in schema_forms.make(known, before))


@pytest.mark.parametrize(
    ("item", "before"),
    [
        ("policy p", POLICY),
        ("default of module_access.is_active", "public.evil()"),
        ("default of module_access.is_active", "nextval('profiles_id_seq'::regclass)"),
        ("default of module_access.is_active", "true -- and"),
        ("default of module_access.is_active", "(select true)"),
        ("default of module_access.is_active", "E'\\''"),
        ("constraint c", "CHECK (public.evil())"),
        ("constraint f", "FOREIGN KEY (user_id) REFERENCES auth.users(id)"),
        ("index i", "CREATE INDEX i ON public.profiles USING btree (id)"),
        ("index i", "CREATE INDEX i ON public.module_access USING btree (evil(user_id))"),
        ("index i", "CREATE INDEX other ON public.module_access USING btree (user_id)"),
        ("type of module_access.user_id", "uuid"),
    ],
)
def test_what_does_not_parse_in_full_is_not_made(item: str, before: str) -> None:
    known = schema_forms.item_of(item)
    assert known is not None
    with pytest.raises(schema_forms.NotRebuilt):
        schema_forms.make(known, before)


def test_rights_are_read_and_given_one_by_one() -> None:
    anon, server = (schema_forms.item_of(f"rights of {name}") for name in ("anon", "public to sequence s"))
    held = schema_forms.rights_of('insert, select ("x, y"), update, update with grant option')
    assert held == {
        "insert": frozenset({False}),
        'select ("x, y")': frozenset({False}),
        "update": frozenset({False, True}),
    }
    assert schema_forms.rights_text(held) == 'insert, select ("x, y"), update, update with grant option'
    assert (schema_forms.rights_of("none"), schema_forms.rights_text({})) == ({}, "none")
    assert anon is not None
    assert server is not None
    given = schema_forms.grant(anon, 'select ("x, y")', passed_on=True)
    assert given == 'grant select ("x, y") on public.module_access to "anon" with grant option'
    assert schema_forms.revoke(server, "usage") == 'revoke usage on sequence public."s" from public'
    for foreign in ("select on public.profiles to anon; --", "select, ", "select (a b)"):
        with pytest.raises(schema_forms.NotRebuilt):
            schema_forms.rights_of(foreign)


@pytest.mark.parametrize(
    ("item", "now", "before", "is_said"),
    [
        ("rights of anon", "none", "insert, select", True),
        ("rights of public", "select", "select, update", True),
        ("rights of anon", "insert, select", "select", False),
        ("rights of service_role", "none", "select", False),
    ],
)
def test_rights_that_visitors_get_back_are_said_before(
    item: str, now: str, before: str, is_said: bool
) -> None:
    said = undo_schema.warning((PartBack(item, now, before, ()),))
    assert (said is not None and "the public gets back rights" in said) is is_said
