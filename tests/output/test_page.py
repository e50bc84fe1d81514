"""The page of a report: what is on it, and what foreign values cannot do to it."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from gettext import NullTranslations
from itertools import pairwise
from pathlib import Path

import pytest

from iahome_fix import i18n
from iahome_fix.domain.over_time import paid_over_time
from iahome_fix.domain.sale import Verdict
from iahome_fix.model import Fix, Link, Report, blocked, fail, unknown, warn
from iahome_fix.output.page.build import view
from iahome_fix.output.page.html import html
from iahome_fix.output.page.markdown import markdown
from iahome_fix.output.page.plain import LONGEST
from iahome_fix.repairs.journal.journal import Journal
from iahome_fix.settings.ignored import Ignored
from tests.output.page_support import LEFT, MISSING, NOW, TARGET, ledger, page, report, sale
from tests.output.whole_pages import ENDPOINT, Parsed, attacked, full, hostile, ids


def test_all_that_was_found_is_on_the_page(tmp_path: Path) -> None:
    found = Parsed(full(tmp_path))
    for words in (
        "BROKEN: a module that was paid for does not appear",
        "5 customers paid 49.50 EUR and wait",
        "it posts to another path",
        "it is corrected",
        "iahome-fix check-stripe --fix --env-file .env.local",
        "SUPABASE_DB_URL is not set",
        "made on 2026-11-30 02:14 UTC by iahome-fix",
        "https://iahome.fr",
        "db.example.test:5432/postgres",
        "cs_live_19 … and 5 more",
        'modules = ["select"]',
        "20261129-221503-9f3a1c reconcile 2",
        "applied 20261129-231503-9f3a1d",
        "The chain breaks at stripe.",
        "27 modules paid for since 2026-10-31, 5 are missing",
        "2026-11-25 1 0 1 0 9.90 EUR 9.90 EUR",
    ):
        assert words in found.text, words
    assert set(found.all("href")) >= {f"#check-{ENDPOINT}"}
    assert {f"check-{r.check.id}" for r in report({}).results} <= set(found.all("id"))


def test_the_broken_link_is_the_first_cause_and_the_rest_waits(tmp_path: Path) -> None:
    shown = page({ENDPOINT: fail("x"), LEFT: fail("y")}, folder=tmp_path)
    assert [link.name for link in shown.links if link.broken] == ["stripe"]
    for layout in shown.chain.layouts:
        assert [line.state for line in layout.lines] == ["holds"] * 5 + ["broken", "waits"]
        assert [node.name for node in layout.nodes] == [link.value for link in Link]
    last = page({LEFT: fail("y")}, folder=tmp_path).chain.layouts[0]
    assert [line.state for line in last.lines] == ["holds"] * 6 + ["broken"]
    exposed = page({"permissions.anon": fail("x")}, folder=tmp_path)
    assert exposed.verdict == "exposed"
    assert {line.state for line in exposed.chain.layouts[0].lines} == {"holds"}


def test_no_value_becomes_markup_or_steers_or_tells_a_secret(tmp_path: Path) -> None:
    values = hostile()
    plain = Parsed(full(tmp_path / "plain"))
    shown = attacked(tmp_path, values)
    for written in (html(shown), markdown(shown)):
        for name in ("mail", "key", "secret"):
            assert values[name] not in written, name
        assert values["database"].split("@", maxsplit=1)[0] not in written.replace("\u2060", "")
        assert values["long"][: LONGEST + 1] not in written
        assert len(written) < 400_000
        assert not re.search(
            "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e-\u200f\u2028-\u202e\u2066-\u2069]", written
        )
        written.encode("utf-8")
        assert "1337" not in written
    found = Parsed(html(shown))
    assert {tag for tag, _attrs in found.tags} <= {tag for tag, _attrs in plain.tags}
    assert "<script>alert(1)</script>" in found.text
    assert "{{ 7 * 191 }}" in found.text


def test_the_page_asks_for_nothing_and_runs_nothing(tmp_path: Path) -> None:
    text = full(tmp_path)
    found = Parsed(text)
    assert not {tag for tag, _attrs in found.tags} & {
        "script",
        "img",
        "link",
        "iframe",
        "object",
        "form",
        "base",
    }
    names = {name for _tag, attrs in found.tags for name in attrs}
    assert not {name for name in names if name.startswith("on")} | names & {"src", "style", "xlink:href"}
    assert all(address.startswith("#") for address in found.all("href"))
    assert {address[1:] for address in found.all("href")} <= set(found.all("id"))
    assert "@import" not in found.style
    assert re.findall(r"url\(([^)]*)\)", found.style) == ["#hatch"]
    policy = next(
        attrs["content"] or ""
        for _tag, attrs in found.tags
        if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    digest = base64.b64encode(hashlib.sha256(found.style.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; ")
    assert f"style-src 'sha256-{digest}'" in policy


def test_it_can_be_read_without_seeing_it(tmp_path: Path) -> None:
    found = Parsed(full(tmp_path))
    assert found.tags[0] == ("html", {"lang": "en"})
    assert found.headings[0] == 1
    assert found.headings.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(found.headings))
    assert [name for name, count in Counter(found.all("id")).items() if count > 1] == []
    named = {name for names in found.all("aria-labelledby") for name in names.split()}
    assert named <= set(found.all("id"))
    pictures = [attrs for tag, attrs in found.tags if tag == "svg" and "aria-hidden" not in attrs]
    assert len(pictures) == 4
    assert all(attrs.get("role") == "img" and attrs.get("aria-labelledby") for attrs in pictures)
    assert all(attrs.get("scope") for tag, attrs in found.tags if tag == "th")
    tables = Counter(tag for tag, _attrs in found.tags)
    assert tables["table"] == tables["caption"] == tables["thead"] == 3


def test_what_a_person_has_to_do_first_stands_before_the_commands(tmp_path: Path) -> None:
    reconcile = fail("y", fix=Fix("iahome-fix reconcile"))
    by_hand = page({ENDPOINT: fail("x"), LEFT: reconcile}, folder=tmp_path)
    assert by_hand.commands == ("iahome-fix reconcile",)
    assert by_hand.commands_title == f"next: repair {ENDPOINT} by hand, as said above; then"
    assert page({LEFT: reconcile}, folder=tmp_path).commands_title == "What to type next"


def test_what_somebody_answers_for_is_said_with_the_reason(tmp_path: Path) -> None:
    mail = f"anna.{secrets.token_hex(6)}@example.test"
    entry = Ignored("permissions.anon", None, date(2026, 12, 31), f"{mail} <knows>", "iahome-fix.toml:3")
    past = replace(entry, check=LEFT, until=date(2026, 11, 1))
    ids(tmp_path, ("20261129-221503-9f3a1c", "migrate"), reason=f"asked by {mail}")
    whole = report({"permissions.anon": fail("the public reads it"), LEFT: warn("x")})
    known = [
        replace(result, acknowledged=entry) if result.check.id == "permissions.anon" else result
        for result in whole.results
    ]
    shown = view(Report(tuple(known), expired=(past,)), ledger(), Journal(tmp_path), TARGET)
    assert shown.verdict == "healthy"
    for written in (Parsed(html(shown)).text, markdown(shown).replace("\u2060", "").replace("&lt;", "<")):
        assert "permissions.anon, acknowledged until 2026-12-31: a…" in written
        assert f"iahome-fix.toml:3: {LEFT} was acknowledged until 2026-11-01; it counts again" in written
        assert "asked by a…" in written
        assert mail not in written


def test_ten_thousand_customers_are_a_page_of_one_screen_more(tmp_path: Path) -> None:
    sales = [sale(n, Verdict.OWED if n % 3 else Verdict.SERVED, days=n % 80) for n in range(10_000)]
    lost = [f"cs_live_{n}" for n in range(10_000)]
    started = time.monotonic()
    text = html(
        page({LEFT: fail("many", sessions=lost, by={name: [name] for name in lost})}, sales, folder=tmp_path)
    )
    assert time.monotonic() - started < 5
    assert len(text.encode()) < 300_000
    assert "10,000" in text


def test_no_payment_is_said_and_drawn_as_nothing(tmp_path: Path) -> None:
    shown = page({}, folder=tmp_path)
    assert (shown.chart, shown.periods, shown.reasons, shown.figures) == (None, None, None, ())
    text = Parsed(html(shown)).text
    assert "HEALTHY: from the payment to the page, every link holds" in text
    assert "Stripe has no payment since 2026-09-01." in text
    assert "No run of this tool is on record here." in text
    assert shown.causes == ()


def test_a_run_that_could_not_tell_says_so_and_is_not_fine(tmp_path: Path) -> None:
    found = {check.check.id: unknown("no answer within 10 s") for check in report({}).results}
    whole = report(found)
    shown = view(whole, replace(ledger(), over_time=None), Journal(tmp_path), TARGET)
    assert shown.verdict == "unknown"
    assert shown.money_said == ("What was paid could not be looked at: no answer within 10 s",)
    assert {node.status for node in shown.chain.layouts[0].nodes} == {"unknown"}
    assert shown.causes_title == "What is not known"
    assert "HEALTHY" not in html(shown)


def test_what_was_paid_is_drawn_though_nobody_can_tell_who_waits(tmp_path: Path) -> None:
    paid = paid_over_time([sale(n, days=n).session for n in range(1, 5)], NOW)
    whole = report(
        {MISSING: fail("no such table"), LEFT: blocked(f"cannot be judged before {MISSING}", MISSING)}
    )
    shown = view(whole, replace(ledger(), over_time=paid), Journal(tmp_path), TARGET)
    assert shown.chart is not None
    assert shown.chart.legend == (("paid", "paid"),)
    assert shown.figures == (("4", "payments came in"),)
    assert any("Who of them waits is not known: cannot be judged before" in one for one in shown.money_said)


@pytest.fixture
def french() -> Iterator[None]:
    class French(NullTranslations):
        def info(self) -> dict[str, str]:
            return {"language": "fr"}

        def gettext(self, message: str) -> str:
            return f"«{message}»" if message else ""

        def ngettext(self, one: str, many: str, n: int) -> str:
            return f"«{one if n == 1 else many}»"

    i18n.install(French())
    yield
    i18n.install(NullTranslations())


@pytest.mark.usefixtures("french")
def test_it_speaks_the_language_of_the_run(tmp_path: Path) -> None:
    found = Parsed(full(tmp_path))
    assert found.tags[0] == ("html", {"lang": "fr"})
    assert "49,50\u00a0€" in " ".join(found.words)
    own = re.compile(r"[a-z]{4,}")
    # Every word that the page adds to ids, values and findings went through the catalogue.
    for tag in ("h2", "caption"):
        words = re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", full(tmp_path), re.DOTALL)
        assert words
        assert all("«" in text for text in words if own.search(text)), words


def test_whose_folder_it_is_stays_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("USERPROFILE", "/home/somebody")
    command = Fix("iahome-fix doctor --env-file /home/somebody/shop/.env.local")
    text = html(page({MISSING: fail("x", fix=command, file="/home/somebody/x")}, folder=tmp_path))
    assert "somebody" not in text
    assert "iahome-fix doctor --env-file ~/shop/.env.local" in text
