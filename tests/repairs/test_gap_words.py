"""What SQL says of a gap can be said in another language: each sentence of the files is a template."""

from __future__ import annotations

import re

import pytest

from iahome_fix import sql
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.schema import gap_words
from iahome_fix.schema.requirements import Requirement, Shape, requirements

EVERY = {r.id: r for shape in (Shape(), Shape(anon_writes=True)) for r in requirements(shape)}
_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_TEXT = re.compile(r"[a-z]{2,}.* .*[a-z]{2,}", re.IGNORECASE)
_CODE = re.compile(
    r"(alter|drop|revoke|grant|select|using|with check|\W)|.*[\\^~]|supabase|postgres|public\."
)
_HOLE = re.compile(r"\{\w+\}|%[sIL]")


@pytest.mark.parametrize("requirement", EVERY.values(), ids=list(EVERY))
def test_every_sentence_of_a_detection_has_a_template(requirement: Requirement) -> None:
    first = requirement.detect.split(";")[0]
    known = [_plain(text) for text in (*gap_words.DETAILS, *gap_words.ITEMS)]
    for literal in _LITERAL.findall(re.sub(r"--[^\n]*", "", first)):
        text = literal.replace("''", "'")
        if _is_a_sentence(text):
            assert any(_plain(text) in one for one in known), f"{requirement.id}: {text}"


def _plain(text: str) -> str:
    return " ".join(_HOLE.sub("{}", text).split())


def _is_a_sentence(text: str) -> bool:
    statement = re.match(
        r"(alter|drop|revoke|grant|select|using|with check|\W)|.*[\\^~]|supabase|postgres|public\.",
        text.strip(),
    )
    return bool(_TEXT.fullmatch(text.strip())) and statement is None


@pytest.mark.parametrize("name", ["checks/writers", "undo/in_the_way", "verify/may_delete"])
def test_every_sentence_of_these_queries_has_a_template(name: str) -> None:
    known = [_plain(text) for text in (*gap_words.OBSTACLES, *gap_words.THINGS)]
    for literal in _LITERAL.findall(re.sub(r"--[^\n]*", "", sql.load(name, MODULE_ACCESS))):
        if _TEXT.fullmatch(literal.strip()):
            assert any(one.startswith(_plain(literal)) for one in known), literal
