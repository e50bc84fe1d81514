"""Which changes of the schema this tool makes: those of sql/module_access and sql/bridge, by kind of part.

Whatever else the schema went through meanwhile was somebody else's doing and is not put on record, and a
journal that holds it was not written by this tool.
"""

from __future__ import annotations

import re

from iahome_fix.repairs.schema.forms import SECURITY, TABLE, Item

_COLUMNS = {
    "module_access": (
        *("id", "user_id", "module_id", "access_type", "token_id", "expires_at", "is_active"),
        *("created_at", "updated_at", "metadata"),
    ),
    "access_tokens": ("created_by", "metadata"),
}
_DEFAULTS = ("id", "access_type", "is_active", "created_at", "updated_at", "metadata")
_NAMES = {
    "policy": re.compile("module_access_(owner_reads|webhook_reads|webhook_writes)"),
    "index": re.compile("idx_module_access_.+", re.DOTALL),
    "constraint": re.compile(r"module_access_(module_id_fkey|pkey\d*)"),
    "sequence": re.compile(r"module_access_id_seq\d*"),
}
_TAKEN_BY = {TABLE: frozenset({"010_table"}), SECURITY: frozenset({"120_row_level_security"})}
_ADDS_COLUMNS = {"module_access": "020_columns", "access_tokens": "170_access_tokens_columns"}
_TAKES = {"authenticated": "150_authenticated", "anon": "160_anon", "public": "160_anon"}
_PRIVILEGE = re.compile(r"(?:[^,(]|\([^)]*\))+")


def is_made(item: Item, before: str | None, after: str | None) -> bool:
    """Is it a change that this tool makes? `before`, `after`: what the part was and is; None where absent."""
    if before == after or item.kind == "type of":
        return item.kind == "type of"
    if item.kind == TABLE:
        return before is None
    if item.kind == SECURITY:
        return (before, after) == ("off", "on")
    if item.kind == "column":
        return before is None and item.name in _COLUMNS.get(item.table, ())
    if item.kind == "default of":
        # Under another type the default goes, and what a retyped column had is not brought back.
        return before == "none" and item.table == "module_access" and item.name in _DEFAULTS
    if item.kind == "empty values of":
        return before == "taken" and item.table == "module_access" and item.name in ("user_id", "id")
    if item.kind == "rights of":
        return _is_made_of_rights(item.name, before, after)
    if item.kind not in _NAMES or not _NAMES[item.kind].fullmatch(item.name):
        return False
    if item.kind == "constraint":
        return before is None or before == f"{after} NOT VALID"
    return before is None or item.kind == "policy"


def steps_of(item: Item, before: str | None, after: str | None) -> frozenset[str]:
    """The steps of which a run took one if it made this change; empty where many steps may have made it.

    It is asked of what undo opens or removes for good: security that goes off again, rights that come back,
    the table and its columns.
    """
    if item.kind == "column":
        return frozenset({_ADDS_COLUMNS[item.table]})
    if item.kind == "rights of" and not _privileges(before) <= _privileges(after):
        return frozenset({"165_sequence_rights" if item.sequence else _TAKES.get(item.name, "")})
    return _TAKEN_BY.get(item.kind, frozenset())


def _is_made_of_rights(role: str, before: str | None, after: str | None) -> bool:
    """The server only gains, everybody only loses; customers and anon do both (the bridge, the page)."""
    was, now = _privileges(before), _privileges(after)
    if role == "service_role":
        return was <= now
    return now <= was if role == "public" else True


def _privileges(text: str | None) -> frozenset[str]:
    if text in (None, "none"):
        return frozenset()
    return frozenset(each.strip() for each in _PRIVILEGE.findall(str(text)))
