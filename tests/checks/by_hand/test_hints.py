"""What every case tells a person to type: with its target and its version, and as both parsers take it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest

from iahome_fix.model import Finding
from iahome_fix.profile import PROFILES
from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.settings.settings import OPTION
from tests.checks.by_hand import shop
from tests.checks.by_hand.cases import Case
from tests.checks.by_hand.every import CASES
from tests.checks.by_hand.seen import NotGiven
from tests.faults import hints
from tests.sessions import execute

FILE = "shop.env"


def of_version(case: Case, name: str) -> Case:
    """The same facts in a run with an env file, of a version that was named."""
    settings = case.settings or shop.settings()
    named = replace(settings, env_files=(FILE,), profile=PROFILES[name], profile_chosen=OPTION)
    return replace(case, settings=named)


def findings(name: str) -> Iterator[tuple[str, Finding]]:
    """What each case comes to; facts that a version asks for, and the guide's do not have, are left out."""
    for case in CASES:
        try:
            yield case.id, of_version(case, name).finding()
        except NotGiven:
            continue


@pytest.mark.parametrize("name", PROFILES)
def test_each_command_parses_and_carries_its_target_and_its_version(name: str) -> None:
    seen = 0
    wrong = []
    for case, found in findings(name):
        hint = found.hint or ""
        whole = hints.commands_of(hint)
        wrong += [f"{case}: {hint}"] if len(whole) != hint.count("iahome-fix ") else []
        for command in [*([found.fix.command] if found.fix else []), *whole]:
            hints.parse(command, FILE, ".")
            wrong += [f"{case}: {command}"] if f"{OPTION} {name}" not in command else []
            seen += 1
    assert wrong == []
    assert seen > 100


def test_each_statement_is_one_that_the_server_reads(make_database: MakeDatabase) -> None:
    """Read, not run: the names in facts by hand are those of no database."""
    dsn = make_database("since", "empty")
    found = {
        statement: case
        for name in PROFILES
        for case, finding in findings(name)
        for statement in hints.statements(finding.hint or "")
    }
    assert len(found) > 20
    unread = []
    for statement, case in found.items():
        try:
            execute(dsn, f"do $read$ begin return; {statement.rstrip(';')}; end $read$")
        except psycopg.Error as error:
            unread.append(f"{case}: {error.diag.message_primary} in {statement}")
    assert unread == []
