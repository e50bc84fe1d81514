"""What a finding tells a person to do: commands that the command line takes, SQL that the server takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import psycopg
import typer

from iahome_fix.cli.app import app

if TYPE_CHECKING:
    from tests.faults.world import World

_COMMAND = re.compile(
    r"iahome-fix [a-z](?:(?!iahome-fix ).)*?--env-file [^\s;,`]+(?: --(?:profile|lang) [^\s;,`]+)*"
)
_BARE = re.compile(r"\bthen,? (?:run )?`?(reconcile|backfill|migrate|repair|verify|check-stripe)\b")
_STATEMENT = re.compile(
    r"(?:^|: |(?<!= )\()("
    r"(?:alter|drop|create) (?:table|policy|role|sequence|database|type|trigger|rule|index|extension|function"
    r"|unique index|schema|view)\b"
    r"|set transaction\b|update \w+\.|insert into\b|delete from\b|select\b|grant\b|revoke\b|notify\b)",
)
_PROGRAM: Any = typer.main.get_command(app)
_NOT_INSTALLED = "0A000"
"""An extension that the platform has, and the server of the tests has not."""

_OF_THE_PLATFORM = "alter role authenticator "
"""Supabase lets `postgres` set what this role has (supautils.reserved_roles, "authenticator*")."""


def commands(text: str) -> list[str]:
    """The commands of a hint, each with its target; raises AssertionError for one that has none."""
    found = commands_of(text)
    assert len(found) == text.count("iahome-fix "), f"a command without --env-file: {text}"
    return found


def commands_of(text: str) -> list[str]:
    """The commands of a hint that have a target."""
    return _COMMAND.findall(text)


def statements(text: str) -> Iterator[str]:
    """The SQL of a hint, statement by statement; one with a gap that a person has to fill is left out."""
    for part in re.split(r"; | / |\n", _COMMAND.sub("", text)):
        found = _STATEMENT.search(part)
        if found and "…" not in part:
            yield part[found.start(1) :]


def hold(world: World, checks: Iterable[dict[str, Any]]) -> None:
    """Every command of these findings parses, with this target; every statement runs (and is taken back)."""
    for check in checks:
        fix, hint = (check["fix"] or {}).get("command", ""), check["hint"] or ""
        for command in [*([fix] if fix else []), *commands(hint)]:
            parse(command, str(world.env_file()), str(world.folder))
        for verb in _BARE.findall(hint):
            assert f"iahome-fix {verb} " in fix, f"{check['id']}: no command to type for {verb!r}: {hint}"
        _try(world, list(statements(hint)), f"{check['id']}: {hint}")


def follow(world: World, hint: str) -> None:
    """Do what a hint says: its statements, then its commands, with the agreement of a terminal."""
    done = list(statements(hint))
    assert done, hint
    for statement in done:
        world.sql(statement)
    for command in commands(hint):
        words = command.partition(" --env-file ")[0].split()[1:]
        if words[0] != "doctor":
            ran = world.command(*words, "--yes")
            assert (ran.code, ran.document["error"]) == (0, None), ran.document


def parse(command: str, env_file: str, folder: str) -> None:
    """Raises where the command line does not take it, or where it is for another env file."""
    words = shlex.split(command.replace("FOLDER", folder))
    assert words[0] == "iahome-fix", command
    assert words[words.index("--env-file") + 1] == env_file, command
    context = _PROGRAM.make_context("iahome-fix", words[1:])
    name, called, rest = _PROGRAM.resolve_command(context, words[1:])
    assert called is not None, command
    called.make_context(name, rest, parent=context)


def _try(world: World, found: list[str], said: str) -> None:
    if not found:
        return
    as_platform = any(statement.startswith(_OF_THE_PLATFORM) for statement in found)
    with psycopg.connect(world.superuser_dsn if as_platform else world.dsn) as connection:
        connection.execute("set local lock_timeout to '5s'")
        for statement in found:
            try:
                connection.execute(statement.encode())
            except psycopg.Error as error:
                assert error.sqlstate == _NOT_INSTALLED, f"{error} in {said}"
                break
        connection.rollback()
