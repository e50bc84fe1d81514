"""Whole pages for the tests, with something in each part, or with hostile values; and how HTML is read."""

from __future__ import annotations

import re
import secrets
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from iahome_fix.domain.sale import Verdict
from iahome_fix.model import Fix, blocked, fail, skipped, unknown, warn
from iahome_fix.output.page.build import Target
from iahome_fix.output.page.html import html
from iahome_fix.output.page.plain import MOST
from iahome_fix.output.page.view import View
from iahome_fix.repairs.journal.journal import Journal
from iahome_fix.repairs.journal.run import APPLIED
from tests.output.page_support import LEFT, MISSING, page, sale

_VOID = ("meta", "line", "circle", "path", "rect")
ENDPOINT = "stripe.endpoint-url"


class Parsed(HTMLParser):
    """A page as a reader of HTML sees it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.style = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == [], "a tag is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] == ["style"]:
            self.style += data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, attribute: str) -> list[str]:
        return [value for _tag, attrs in self.tags if (value := attrs.get(attribute)) is not None]

    @property
    def headings(self) -> list[int]:
        return [int(tag[1]) for tag, _attrs in self.tags if re.fullmatch("h[1-6]", tag)]


def hostile() -> dict[str, str]:
    """Values that somebody may have put into a name, an address or a title."""
    word = secrets.token_hex(12)
    return {
        "script": "<script>alert(1)</script>",
        "image": "\"><img src=x onerror=alert(1)>'",
        "template": "{{ 7 * 191 }}{% raw %}",
        "closing": "</style></td></table><!-- ",
        "terminal": "\x1b[31mred\x1b[0m\x00\x07\x9b2J",
        "turned": "abc\u202edef\u2066\u200f\u061c",
        "half": "half \ud83d of a character",
        "lines": "one\u2028two\r\nthree",
        "mail": f"somebody.{word}@example.test",
        "key": "sk_" + f"live_{word}",
        "secret": "whsec_" + word,
        "database": f"postgresql://postgres:{word}@db.example.test/postgres",
        "long": word * 20_000,
    }


def ids(folder: Path, *entries: tuple[str, str], reason: str | None = None) -> None:
    """Note runs: their ids and commands; an undo is one of the first."""
    journal = Journal(folder)
    target = {"site": None, "supabase_ref": None, "database": None, "stripe_mode": None}
    for run_id, command in entries:
        plan: Any = {"undone_run": entries[0][0]} if command == "undo" else []
        journal.end(journal.begin(run_id, command, target, plan, reason=reason), APPLIED, {})


def full(folder: Path) -> str:
    """A page with something in each of its parts."""
    ids(folder, ("20261129-221503-9f3a1c", "reconcile"), ("20261129-231503-9f3a1d", "undo"))
    command = "iahome-fix check-stripe --fix --env-file .env.local"
    found = {
        ENDPOINT: fail("it posts to another path", hint="it is corrected", fix=Fix(command, True), url="/x"),
        "site.webhook-route": blocked("cannot be judged before it", ENDPOINT),
        "permissions.anon": warn("the public reads modules", tables={"modules": ["select"]}),
        "supabase.writable": skipped("SUPABASE_DB_URL is not set"),
        "site.encours": unknown("it asks for a login"),
        LEFT: fail("5 were not given", sessions=[f"cs_live_{n}" for n in range(MOST + 5)]),
    }
    sales = [sale(n, Verdict.OWED if n > 20 else Verdict.SERVED, days=30 - n) for n in range(26)]
    return html(page(found, [*sales, sale(99, Verdict.WITHDRAWN, days=3)], folder=folder))


def attacked(folder: Path, values: dict[str, str]) -> View:
    """A page with these values in each of its places."""
    text = " ".join(values[name] for name in values if name != "long")
    finding = fail(text, hint=text, fix=Fix(f"iahome-fix doctor {text}"), **values, nested={"a": [values]})
    target = Target(text, text, text, text, went_over=(text,))
    sales = [sale(1, Verdict.OWED, email=values["mail"], currency="<b>")]
    return page({MISSING: finding, LEFT: fail(values["long"])}, sales, folder=folder, target=target)
