"""Holds a journal's file against what this tool can have written, as a whole, before any of it is used.

A file that is not of that form is damaged, and one that says what this tool never does (another table,
another host, another statement) is foreign: nothing of either is used, not even the parts that look right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

from iahome_fix.i18n import _
from iahome_fix.profile.table import WORD
from iahome_fix.repairs.journal.file import Damaged, Foreign, content
from iahome_fix.repairs.journal.run import RUN_ID, STATES, Run
from iahome_fix.repairs.migrate.taken import BEFORE, KEY
from iahome_fix.repairs.schema import changes as schema_changes
from iahome_fix.repairs.schema import forms as schema_forms
from iahome_fix.systems.literals import one_statement
from iahome_fix.systems.stripe_objects import COMPLETED
from iahome_fix.systems.webhook_urls import same_host

_COMMANDS = ("migrate", "backfill", "reconcile", "repair", "check-stripe", "verify", "undo", "resend")
_TARGET = ("site", "supabase_ref", "database", "stripe_mode")
_STEP = re.compile(r"\d{3}_[a-z_]{1,60}")
_OWN_INDEX = re.compile(r"idx_module_access_[a-z0-9_]{1,60}")
_TRANSACTION = re.compile(r"\d{1,20}")
_MOMENT = re.compile(r"\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?")
_END = re.compile(r"-?infinity|\d{4,6}-\d\d-\d\dT[\d:.]{8,15}(?:[+-][\d:]{2,8}|Z)?(?: BC)?")
_ENDPOINT = re.compile(r"we_[0-9A-Za-z]{1,250}")
_EVENT = re.compile(r"\*|[a-z0-9_]+(?:\.[a-z0-9_]+)*")
_URL = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:[/?][^\s\\\x00-\x1f]*)?")
_LONGEST_ADDRESS = 320
_MOST_COUNTED = 2**53


def run_of(file: Path) -> Run | None:
    """The run that the file has on record; None where there is no such file. Raises Damaged, Foreign."""
    found = content(file)
    if found is None:
        return None
    known = {f.name for f in fields(Run)}
    values = {name: value for name, value in found.items() if name in known}
    try:
        run = Run(**values)
    except TypeError:
        raise Damaged(_("it lacks what every run has")) from None
    _check_head(run, file.stem)
    for name, check in _CHANGES.items():
        if run.changes.get(name) is not None:
            check(run, run.changes[name])
    return run


def _check_head(run: Run, name: str) -> None:
    _demand(_is_text(run.run_id) and run.run_id == name and RUN_ID.fullmatch(name), _("the run's id"))
    _demand(run.command in _COMMANDS, _("the command"))
    _demand(run.state in STATES, _("the state"))
    _demand(_is_text(run.who) and _is_text(run.version), _("who ran it"))
    _demand(_is_time(run.started) and (run.ended is None or _is_time(run.ended)), _("a time"))
    _demand(run.reason is None or _is_text(run.reason), _("why it was run"))
    target: object = run.target
    _demand(
        isinstance(target, dict) and all(target.get(key) is None or _is_text(target[key]) for key in _TARGET),
        _("what the run was for"),
    )
    _demand(isinstance(run.changes, dict), _("what it changed"))


def _check_rows(_run: Run, rows: Any) -> None:
    what = _("the rows")
    _demand(isinstance(rows, dict), what)
    counts, ids = rows.get("counts") or {}, rows.get("ids") or {}
    versions, images = rows.get("versions") or [], rows.get("before_images") or []
    profile = rows.get("profile")
    _demand(profile is None or _is_of(WORD, profile), what)
    columns = rows.get("columns") or []
    _demand(isinstance(columns, list) and all(map(_is_text, columns)), what)
    _demand(isinstance(counts, dict) and all(map(_is_count, counts.values())), what)
    _demand(isinstance(versions, list) and all(_is_of(_TRANSACTION, each) for each in versions), what)
    _demand(isinstance(ids, dict) and isinstance(images, list), what)
    for name, listed in ids.items():
        fits = _is_count(listed) if name == "left_out" else isinstance(listed, list)
        _demand(fits and (name == "left_out" or all(isinstance(i, int | str) for i in listed)), what)
    _demand(all(isinstance(image, dict) for image in images), what)
    _check_bare(rows.get("lengthened") or [], rows.get("pending"), what)


def _check_bare(lengthened: Any, pending: Any, what: str) -> None:
    """What is on record of rows in a table that says nothing of runs."""
    _demand(isinstance(lengthened, list), what)
    for image in lengthened:
        _demand(isinstance(image, dict) and _is_text(image.get("id")), what)
        _demand(_is_end(image.get("ends")) and _is_end(image.get("to")), what)
        _demand(_is_end(image.get("created")) and _is_end(image.get("at")), what)
    if pending is None:
        return
    _demand(isinstance(pending, dict) and _is_time(pending.get("at")), what)
    _demand(isinstance(pending.get("rows"), list), what)
    for row in pending["rows"]:
        _demand(isinstance(row, list) and len(row) == 3 and _is_text(row[0]) and _is_text(row[1]), what)
        _demand(_is_end(row[2]), what)


def _check_emails(_run: Run, emails: Any) -> None:
    what = _("the addresses")
    _demand(isinstance(emails, dict) and _is_count(emails.get("changed")), what)
    version, forms = emails.get("version"), emails.get("forms") or []
    _demand(version is None or _is_of(_TRANSACTION, version), what)
    _demand(isinstance(forms, list), what)
    for form in forms:
        _demand(isinstance(form, dict) and _is_text(form.get("id")), what)
        capitals = form.get("capitals")
        _demand(isinstance(capitals, list) and all(_is_place(place) for place in capitals), what)
        _demand(_is_place(form.get("before")) and _is_place(form.get("after")), what)


def _check_steps(_run: Run, steps: Any) -> None:
    _demand(isinstance(steps, list) and all(_is_of(_STEP, step) for step in steps), _("the steps"))


def _check_building(_run: Run, names: Any) -> None:
    fits = isinstance(names, list) and len(names) <= 1 and all(_is_of(_OWN_INDEX, name) for name in names)
    _demand(fits, _("the index that was being built"))


def _check_parts(run: Run, parts: Any) -> None:
    _check_steps(run, run.changes.get("schema") or [])
    taken = frozenset(run.changes.get("schema") or ())
    what = _("the parts of the schema")
    _demand(isinstance(parts, list) and len(parts) <= 10_000, what)
    for part in parts:
        _demand(isinstance(part, dict) and part.keys() >= {"item", "before", "after"}, what)
        before, after, identity = part["before"], part["after"], part.get("identity")
        _demand(all(text is None or isinstance(text, str) for text in (before, after, identity)), what)
        inverse, with_it = part.get("inverse", []), part.get("with", {})
        _demand(isinstance(inverse, list) and isinstance(with_it, dict), what)
        item = schema_forms.item_of(part["item"])
        if item is None:
            raise Foreign(_("it names a part of the schema that this tool never changes"))
        if part.get("inverse") != []:
            if not schema_changes.is_made(item, before, after):
                raise Foreign(_("it holds a change of the schema that this tool does not make"))
            steps = schema_changes.steps_of(item, before, after)
            if steps and not steps & taken:
                raise Foreign(_("it holds a change of the schema without the step that makes it"))
        if not _is_one_piece(before) or not schema_forms.is_of_this_tool(item, before, inverse):
            raise Foreign(_("it holds a statement that this tool does not write"))


def _check_before(_run: Run, rows: Any) -> None:
    what = _("the schema before it")
    _demand(isinstance(rows, list) and len(rows) <= 10_000, what)
    for row in rows:
        _demand(isinstance(row, dict) and row.keys() >= {"item", "state", "rank", "part_of", "makes"}, what)
        part_of = row["part_of"]
        _demand(isinstance(row["state"], str) and (part_of is None or isinstance(part_of, str)), what)
        _demand(_is_count(row["rank"]) and isinstance(row["makes"], bool), what)
        if schema_forms.item_of(row["item"]) is None:
            raise Foreign(_("it names a part of the schema that this tool never changes"))


def _check_endpoints(run: Run, changes: Any) -> None:
    what = _("the endpoint")
    _demand(isinstance(changes, list), what)
    for change in changes:
        _demand(isinstance(change, dict) and "before" in change, what)
        before, after = change["before"], change.get("after")
        _demand(_is_of(_ENDPOINT, change.get("endpoint")), what)
        _demand(isinstance(after, dict) and (before is None or isinstance(before, dict)), what)
        for side in (after, before or {}):
            _demand(all(name in _FIELDS and _FIELDS[name](value) for name, value in side.items()), what)
        if before is None:
            continue
        _demand(before.keys() == after.keys(), what)
        site = run.target.get("site") or ""
        if "url" in before and not all(same_host(side["url"], site) for side in (before, after)):
            raise Foreign(_("it leads the payments to another host than the site of the run"))
        added = "enabled_events" not in before or sorted(after["enabled_events"]) == sorted(
            {*before["enabled_events"], COMPLETED}
        )
        if not added or before.get("status") == "enabled" or after.get("status") == "disabled":
            raise Foreign(_("it holds a change of an endpoint that this tool does not make"))


def _check_verify(_run: Run, noted: Any) -> None:
    what = _("what was there before the payment")
    _demand(isinstance(noted, dict), what)
    _demand(all(_is_text(noted.get(key)) for key in ("session", "user_id", "module")), what)
    _demand(_is_of(_MOMENT, noted.get("since")), what)
    for key in ("accesses", "tokens"):
        ids = noted.get(key)
        _demand(isinstance(ids, list) and all(_is_text(one) for one in ids), what)


_CHANGES: Mapping[str, Callable[[Run, Any], None]] = {
    "rows": _check_rows,
    "emails": _check_emails,
    "schema": _check_steps,
    "building": _check_building,
    KEY: _check_parts,
    BEFORE: _check_before,
    "stripe": _check_endpoints,
    "verify": _check_verify,
}

_FIELDS: Mapping[str, Callable[[Any], bool]] = {
    "url": lambda value: _is_of(_URL, value) and len(value) <= 2_000,
    "status": lambda value: value in ("enabled", "disabled"),
    "enabled_events": lambda value: (
        isinstance(value, list) and 0 < len(value) <= 1_000 and all(_is_of(_EVENT, each) for each in value)
    ),
}


def _is_one_piece(state: str | None) -> bool:
    """Whether nothing stands behind a semicolon, or in a comment, of what a part was."""
    try:
        return state is None or one_statement(state) == state
    except ValueError:
        return False


def _demand(holds: object, what: str) -> None:
    if not holds:
        raise Damaged(_("{what}: not what this tool writes").format(what=what))


def _is_text(value: object) -> bool:
    """Short, and nothing that a terminal would obey."""
    return isinstance(value, str) and len(value) <= 1_000 and (value.isprintable() or not value)


def _is_of(form: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_COUNTED


def _is_place(value: object) -> bool:
    return _is_count(value) and isinstance(value, int) and value <= _LONGEST_ADDRESS


def _is_end(value: object) -> bool:
    """A time as PostgreSQL writes it in JSON, or none."""
    return value is None or (isinstance(value, str) and _END.fullmatch(value) is not None)


def _is_time(value: object) -> bool:
    try:
        return isinstance(value, str) and len(value) < 64 and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
