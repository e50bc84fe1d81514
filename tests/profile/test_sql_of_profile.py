"""SQL that depends on the app's version takes it from the profile, and from one file."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from iahome_fix import sql
from iahome_fix.profile import MODULE_ACCESS, PROFILES, USER_APPLICATIONS_MONTH, Column, Term
from iahome_fix.systems.copied_tables import asked, tables_of

DIRECT = re.compile(r"(?:from|join)\s+public\.module_access\b", re.IGNORECASE)
OF_THE_TABLE_ITSELF = {
    "module_access": "brings the guide's table to its shape",
    "schema": "what the guide's table lacks",
    "bridge": "rights on the guide's table",
    "migrate": "how the guide's table is changed",
    "sandbox": "the app's own statements",
    "shop": "tells the versions apart, before one is chosen",
    "trials": "the server's own statements",
    "rehearsal/sale": "the handler's own statements",
    "undo": "gives rows back as they were",
    "backfill/end_expired": "writes",
    "reconcile/create": "writes",
    "reconcile/kept": "the rows that were just written",
    "verify/by_hand_session": "writes",
    "verify/delete_accesses": "writes",
    "verify/delete_trial": "writes",
    "by_hand": "what a person may write",
    "checks/refused_by_rows": "what the table itself refuses",
    "checks/sees_own": "the page's own statement",
}
"""The texts that name the table by itself: folders and files, and why."""


def test_rules_and_checks_read_accesses_from_the_file_of_the_profile() -> None:
    names = [
        path.relative_to(sql.folder()).with_suffix("").as_posix() for path in sql.folder().rglob("*.sql")
    ]
    texts = {name: (sql.folder() / f"{name}.sql").read_text(encoding="utf-8") for name in names}
    direct = {name for name, text in texts.items() if DIRECT.search(re.sub(r"--.*", "", text))}
    excused = {
        name
        for name in direct
        if name in OF_THE_TABLE_ITSELF or name.partition("/")[0] in OF_THE_TABLE_ITSELF
    }
    assert direct - excused == set()
    reading = {name for name, text in texts.items() if "/* include profile/accesses */" in text}
    assert {"domain/asked", "domain/all_accesses", "domain/verdict"} <= reading


def test_accesses_are_those_of_the_profile_and_without_one_there_is_no_text() -> None:
    text = re.sub(r"--.*\n", "", sql.load("checks/expired", MODULE_ACCESS))
    assert "from public.module_access a" in " ".join(text.split())
    with pytest.raises(ValueError, match="depends on the app's version"):
        sql.load("checks/expired")
    theirs = " ".join(re.sub(r"--.*\n", "", sql.load("checks/expired", USER_APPLICATIONS_MONTH)).split())
    assert "from public.user_applications held) a" in theirs
    assert "held.access_level as access_type, null::text as token_id" in theirs
    assert "(to_jsonb(held) ->> 'updated_at')::timestamp as updated_at" in theirs
    assert "module_access" not in theirs


def test_a_table_of_another_shape_or_place_is_named_as_it_is() -> None:
    table = replace(MODULE_ACCESS.table, schema="shop", name="Rights", owner=Column("customer"))
    text = sql.load("checks/expired", replace(MODULE_ACCESS, table=table))
    assert 'from shop."Rights" held' in text and "held.customer as user_id" in text


def test_every_query_has_a_text_for_every_profile() -> None:
    for path in sql.folder().rglob("*.sql"):
        name = path.relative_to(sql.folder()).with_suffix("").as_posix()
        for profile in PROFILES.values():
            assert "/* profile " not in sql.load(name, profile), name


def test_whose_rows_tell_a_term_is_what_the_handler_of_the_profile_writes() -> None:
    month, guide = (sql.load("domain/terms", p) for p in (USER_APPLICATIONS_MONTH, MODULE_ACCESS))
    assert "case when false" in month and "x.origin = 'paid'" in month
    assert "case when true" in guide and "x.origin = 'purchase'" in guide


def test_what_was_shortened_is_told_by_the_term_of_the_profile() -> None:
    guide = sql.load("domain/withdrawn", MODULE_ACCESS)
    month = sql.load("domain/withdrawn", replace(MODULE_ACCESS, term=Term(timedelta(days=30))))
    assert "interval '259200 seconds'" in guide and "hours" not in guide.replace("1 hour'", "")
    assert guide.replace("'259200 seconds'", "'2592000 seconds'") == month


def test_what_is_copied_of_the_accesses_is_what_the_profile_says() -> None:
    assert tables_of(MODULE_ACCESS)["module_access"] == MODULE_ACCESS.table.columns
    table = replace(MODULE_ACCESS.table, name="user_applications", token=None)
    copied = tables_of(replace(MODULE_ACCESS, table=table))
    assert "module_access" not in copied
    assert list(copied).index("user_applications") < list(copied).index("profiles")
    assert asked("user_applications", replace(MODULE_ACCESS, table=table)) == (
        "id,key:id::text,user_id::text,module_id::text,access_type::text,is_active,expires_at,created_at,updated_at,"
        "metadata,metadata_text:metadata::text"
    )
