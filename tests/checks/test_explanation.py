"""Every check explains itself, in the sections that `iahome-fix checks` shows, and declares what it reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from gettext import NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from iahome_fix import i18n, sql
from iahome_fix.checks.explanation import blocked_by, explain, messages, queries
from iahome_fix.checks.registry import check
from iahome_fix.checks.runner import run_checks
from iahome_fix.checks.selection import chosen, with_needed
from iahome_fix.checks.source.link import every_check
from iahome_fix.errors import UsageError
from iahome_fix.facts.context import Context
from iahome_fix.model import Check, Finding, ok
from iahome_fix.output import checks as output
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.schema.requirements import FOLDER, READ, requirements, survey_query
from iahome_fix.settings import load_settings
from tests.checks import app_support
from tests.checks.sql_files import named_by

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen
    from iahome_fix.sandbox.databases import MakeDatabase
    from iahome_fix.systems.database import Database

EVERY = every_check()
IDS = [one.id for one in EVERY]


@pytest.mark.parametrize("one", EVERY, ids=IDS)
def test_every_check_says_what_it_means_how_it_is_found_and_repaired_and_what_not_to_do(one: Check) -> None:
    said = explain(one)

    assert said.meaning, "the docstring has to begin with what the check means"
    assert said.found_by, "the docstring lacks `Found by:`"
    assert said.repair, "the docstring lacks `Repair:`"
    assert said.never, "the docstring lacks `Never:`"


@pytest.mark.parametrize("one", EVERY, ids=IDS)
def test_a_check_declares_exactly_the_sql_files_that_its_code_names(one: Check) -> None:
    assert set(one.queries) == named_by(one), "correct `queries=` in the check's decorator"
    assert len(set(one.queries)) == len(one.queries)
    assert all(query.sql for query in queries(one))


@pytest.mark.parametrize("one", EVERY, ids=IDS)
def test_what_a_check_needs_is_there_and_comes_without_a_circle(one: Check) -> None:
    assert {*one.needs, *one.after} <= set(IDS)
    assert one.id not in {c.id for other in (*one.needs, *one.after) for c in needing(other)}


def needing(check_id: str) -> tuple[Check, ...]:
    """The check and what it needs, directly or not; nothing that is only asked beside it."""
    found: dict[str, Check] = {}
    waiting = [check_id]
    while waiting:
        one = chosen([waiting.pop()], EVERY)[0]
        if one.id not in found:
            found[one.id] = one
            waiting += (*one.needs, *one.after)
    return tuple(found.values())


class Recorded(Context):
    """A run that remembers every statement that was sent to the database."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.statements: list[str] = []

    def _open_database(self) -> Database:
        return cast("Database", Recorder(super()._open_database(), self.statements))


class Recorder:
    """The real database, with its statements written down."""

    def __init__(self, database: Database, statements: list[str]) -> None:
        self._database = database
        self._statements = statements

    def read(self, statement: str, *given: Any, **more: Any) -> list[dict[str, Any]]:
        self._statements.append(statement)
        return self._database.read(statement, *given, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


@pytest.fixture
def busy_app(make_database: MakeDatabase, tmp_path: Path) -> Iterator[app_support.App]:
    """A database with its table, a customer who was served, and one who was not."""
    dsn = make_database()
    app_support.migrated(dsn)
    with app_support.running(tmp_path, dsn) as app:
        app.customers()
        app.buys("alice@example.test", 15)
        app.site.handler = "noop"
        app.buys("bob@example.test", 6)
        yield app


def test_what_is_sent_to_the_database_is_what_the_checks_declare(busy_app: app_support.App) -> None:
    settings = load_settings(folder=busy_app.folder, environ=busy_app.environ())
    sent = 0
    for one in EVERY:
        with closing(Recorded(settings, timeout=5)) as ctx:
            run_checks([one], ctx)
            for statement in ctx.statements:
                assert is_made_of(statement, one.queries), f"{one.id} sends:\n{statement}"
            sent += len(ctx.statements)
    assert sent > 40


def is_made_of(statement: str, declared: tuple[str, ...]) -> bool:
    """Whether the statement is a declared file, or several in a row, or the survey of the target shape."""
    if any(name.startswith(f"{FOLDER}/") for name in declared):
        others = {r.id for r in requirements()} - {*READ}
        surveys = [survey_query(table_is_there=there, without=others) for there in (True, False)]
        if statement in (*surveys, sql.load("checks/module_access_is_there")):
            return True
    for name in sorted(declared, key=lambda name: -len(sql.load(name, MODULE_ACCESS))):
        statement = re.sub(pattern(sql.load(name, MODULE_ACCESS)), "", statement, count=1, flags=re.DOTALL)
    return not statement.strip()


def pattern(text: str) -> str:
    """The text of a file as a regular expression, in which a mark stands for what was put in its place."""
    return ".*".join(re.escape(part) for part in re.split(r"/\* [a-z]+ \*/", text))


def test_queries_hold_what_is_sent_and_not_the_repair() -> None:
    (columns,) = chosen(["schema.columns"], EVERY)
    shown = {query.file: query.sql for query in queries(columns)}

    assert shown["sql/module_access/020_columns.sql"].startswith("select")
    assert "add column" not in "".join(shown.values())
    assert all(Path(sql.folder().parent, file).is_file() for file in shown)


def test_blocks_is_needs_and_after_the_other_way_round() -> None:
    for one in EVERY:
        for other in EVERY:
            assert (other.id in blocked_by(one, EVERY)) == (one.id in (*other.needs, *other.after))


def test_the_documentation_is_shown_in_the_language_of_the_operator() -> None:
    class Marked(NullTranslations):
        def gettext(self, message: str) -> str:
            return f"«{message}»"

    i18n.install(Marked())
    try:
        entry = output.body(EVERY, EVERY, {})["checks"][0]
    finally:
        i18n.install(NullTranslations())
    for name in ("title", "meaning", "found_by", "repair", "never"):
        assert entry[name].startswith("«"), name
        assert entry[name].strip("«»") in messages(EVERY)


def test_sections_that_are_double_or_out_of_order_are_refused() -> None:
    def run(_seen: Seen) -> Finding:
        """Meaning. Repair: this. Found by: that. Never: those."""
        return ok("")

    with pytest.raises(ValueError, match=r"env\.files"):
        explain(check("env.files", "")(run))


def test_a_link_or_an_id_chooses_checks_and_anything_else_is_told_what_is_near() -> None:
    assert [c.id for c in chosen(["site.encours", "env.files"], EVERY)] == ["env.files", "site.encours"]
    assert {c.link.value for c in chosen(["data"], EVERY)} == {"data"}
    with pytest.raises(UsageError) as caught:
        chosen(["schema.module_access"], EVERY)
    assert "schema.module-access" in (caught.value.hint or "")


def test_what_is_needed_comes_along_and_other_systems_do_not() -> None:
    needed = [c.id for c in with_needed(chosen(["schema.columns"], EVERY), EVERY)]

    assert needed[-1] == "schema.columns"
    assert {"supabase.database", "schema.module-access", "env.files"} <= set(needed)
    assert not [i for i in needed if i.startswith(("stripe.", "site.", "payments."))]
    owner = [c.id for c in with_needed(chosen(["permissions.owner-reads"], EVERY), EVERY)]
    assert "permissions.service-role" in owner
