"""`checks`: the list, one check in full, JSON, and the committed Markdown; nothing of it needs a project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iahome_fix import sql
from iahome_fix.checks.source.link import every_check
from iahome_fix.profile import MODULE_ACCESS
from tests.commands import Done, call

COMMITTED = Path(__file__).parents[2] / "docs" / "checks.md"
EVERY = every_check()


def run(folder: Path, *words: str) -> Done:
    """The command in an empty folder and a clean environment."""
    return call(folder, "checks", *words)


def as_json(folder: Path, *words: str) -> tuple[int, dict[str, Any]]:
    done = run(folder, *words, "--json")
    return done.code, done.document


def test_the_list_names_every_check_once_within_80_columns(tmp_path: Path) -> None:
    done = run(tmp_path)

    lines = done.out.splitlines()
    assert (done.code, done.err) == (0, "")
    assert max(map(len, lines)) <= 80
    first_words = [line.split()[0] for line in lines if line.startswith("  ") and "." in line.split()[0]]
    assert first_words == [one.id for one in EVERY]
    kinds = {
        line.split()[0]: line.split()[1] for line in lines if line.startswith("  ") and len(line.split()) > 2
    }
    assert (kinds["schema.indexes"], kinds["permissions.anon"]) == ("hygiene", "security")


def test_a_link_lists_its_own_checks(tmp_path: Path) -> None:
    code, document = as_json(tmp_path, "stripe")

    assert code == 0
    assert [c["id"] for c in document["checks"]] == [c.id for c in EVERY if c.id.startswith("stripe.")]


def test_one_check_in_full_says_what_it_is_and_verbose_prints_the_query(tmp_path: Path) -> None:
    short, long = run(tmp_path, "data.expired-active"), run(tmp_path, "data.expired-active", "--verbose")

    text = " ".join(short.out.split())
    for part in ("active rows whose end lies in the past", "extend everything", "schema.columns"):
        assert part in text
    assert "sql/checks/expired.sql" in text
    query = sql.load("checks/expired", MODULE_ACCESS).strip()
    assert query in long.out
    assert query not in short.out
    assert max(map(len, short.out.splitlines())) <= 80


def test_the_json_of_one_check(tmp_path: Path) -> None:
    code, document = as_json(tmp_path, "schema.types")
    (entry,) = document["checks"]

    assert (code, document["command"], document["error"]) == (0, "checks", None)
    assert set(entry) >= {
        *(
            "id",
            "link",
            "kind",
            "title",
            "meaning",
            "found_by",
            "queries",
            "repair",
            "never",
            "needs",
            "blocks",
        )
    }
    files = [query["file"] for query in entry["queries"]]
    assert "sql/module_access/050_module_type.sql" in files
    assert all(query["sql"] for query in entry["queries"])
    assert "permissions.owner-reads" in entry["blocks"]
    assert entry["only_with"] is None


def test_a_check_of_the_source_says_which_option_it_needs(tmp_path: Path) -> None:
    _code, document = as_json(tmp_path, "site.source-tables")

    assert document["checks"][0]["only_with"] == "--app"
    assert "doctor --app" in run(tmp_path, "site.source-tables").out


@pytest.mark.parametrize(
    ("word", "near"), [("schema.module_access", "schema.module-access"), ("webhook", "site.webhook-route")]
)
def test_an_unknown_name_is_a_usage_error_with_what_is_near(tmp_path: Path, word: str, near: str) -> None:
    code, document = as_json(tmp_path, word)

    assert (code, document["error"]["code"], document["checks"]) == (2, "unknown-check", [])
    assert near in document["error"]["hint"]


def test_the_committed_document_is_what_the_command_writes(tmp_path: Path) -> None:
    done = run(tmp_path, "--markdown", "--lang", "en")

    assert done.code == 0
    assert done.out == COMMITTED.read_text(encoding="utf-8"), "write it anew with `python -m tests.pages`"
