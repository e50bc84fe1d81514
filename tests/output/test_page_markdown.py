"""The page of a report as Markdown: the same content, and no markup of others."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from iahome_fix.domain.sale import Verdict
from iahome_fix.model import Fix, fail, ok
from iahome_fix.output.page.markdown import MARKER, markdown, said
from tests.output.page_support import LEFT, MISSING, page, report, sale
from tests.output.whole_pages import hostile, ids


def test_markdown_has_the_same_and_no_markup_of_others(tmp_path: Path) -> None:
    values = hostile()
    pipes = "a | b\n| --- | **c** [d](javascript:1) ![e](x) `f` #12 @somebody </details>"
    ids(tmp_path, ("20261129-221503-9f3a1c", "migrate"))
    found = {
        MISSING: fail(pipes, hint=pipes, fix=Fix("iahome-fix migrate"), text=pipes, more=[pipes, values])
    }
    text = markdown(page({**found, LEFT: ok("x")}, [sale(1, Verdict.OWED)], folder=tmp_path))
    outside = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", text, flags=re.DOTALL)
    assert "**✕ schema (broken here)**" in text
    assert "  ```\n  a | b\n  | --- |" in text, "lines of a value stay lines"
    assert text.startswith(f"{MARKER}\n")
    assert "<" not in outside.removeprefix(MARKER)
    assert not re.search(r"(?<!\\)!?\[", outside)
    assert "@somebody" not in outside
    assert "```sh\niahome-fix migrate\n```" in text
    for table in re.findall(r"(?:^\|.*\|$\n)+", text, re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1, table
    assert {r.check.id for r in report({}).results} <= set(re.findall(r"`([a-z.-]+)`", text))
    levels = [len(found) for found in re.findall(r"^(#+) ", text, re.MULTILINE)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-11-30 NEXT_PUBLIC_X (a) 9.90", "2026-11-30 NEXT_PUBLIC_X (a) 9.90"),
        ("- a", "\\- a"),
        ("# a", "\\#\u2060 a"),
        ("12. a", "12\u2060. a"),
        ("===", "\\==="),
        ("_a_ *b* ~~c~~ `d`", "\\_a\\_ \\*b\\* \\~\\~c\\~\\~ \\`d\\`"),
        ("a@b #12 &lt;", "a@\u2060b #\u206012 &amp;lt;"),
        ("a\nb", "a b"),
    ],
)
def test_words_in_markdown_are_what_they_are(text: str, shown: str) -> None:
    assert said(text) == shown
