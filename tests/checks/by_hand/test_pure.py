"""What a check may not do: ask, wait, catch, or look at a clock."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "src" / "iahome_fix" / "checks"

ALLOWED = {
    "api_rows": {"ABSENT", "is_of_postgres"},
    "database_errors": {"DatabaseUnreachable", "MayNotCall", "SqlError"},
    "literals": {"render"},
    "management_errors": {"ManagementError"},
    "open": {"no_sql"},
    "rehearsal": set(),
    "stripe_client": {"is_loopback"},
    "stripe_errors": {"KeyRejected", "PermissionMissing", "StripeFailure"},
    "stripe_objects": None,
    "stripe_payments": {"Session"},
    "webhook_urls": None,
}
"""What checks take from `systems`: errors and words, and functions of addresses and texts; None for all."""
CLOCKS = {"time", "threading", "queue", "concurrent", "httpx", "psycopg", "stripe", "subprocess", "socket"}
RUNNERS = ("runner.py", "order.py")


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: str(path.relative_to(FOLDER)))
def test_no_check_reaches_a_system_a_clock_or_a_thread(path: Path) -> None:
    if path.name in RUNNERS and path.parent == FOLDER:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    types = {node for block in ast.walk(tree) if _is_for_types(block) for node in ast.walk(block)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert not {alias.name.partition(".")[0] for alias in node.names} & CLOCKS
        elif isinstance(node, ast.ImportFrom) and node not in types:
            assert (node.module or "").partition(".")[0] not in CLOCKS
            module = (node.module or "").removeprefix("iahome_fix.")
            if module == "systems" or module.startswith("systems."):
                _may_import(module.removeprefix("systems").removeprefix("."), {a.name for a in node.names})
        elif isinstance(node, ast.Attribute):
            assert node.attr not in ("now", "utcnow", "today", "sleep") or _is_a_fact(node)
        elif isinstance(node, ast.ExceptHandler):
            caught = node.type.id if isinstance(node.type, ast.Name) else None
            assert caught == "ValueError", f"line {node.lineno}: what could not be seen, or_why tells"


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _is_a_fact(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "sales"


def _may_import(module: str, names: set[str]) -> None:
    for name, words in ({module: names} if module else {one: set() for one in names}).items():
        assert name in ALLOWED
        allowed = ALLOWED[name]
        assert allowed is None or words <= allowed, f"{words} of {name}"
