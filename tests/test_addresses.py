"""Addresses are compared alike in SQL and in Python, and no two persons are taken for one."""

from __future__ import annotations

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iahome_fix import sql
from iahome_fix.addresses import BLANKS, folded
from iahome_fix.explain.address import key, same

LETTERS = "kKsS iI@.é\u00c9\u212a\u017f\u0130\u0131\u03a3" + BLANKS


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("carol@example.test", " Carol@EXAMPLE.test  ", True),
        ("carol@example.test", "\tcarol@example.test\u00a0\r\n", True),
        ("mark@example.test", "mar\u212a@example.test", False),
        ("sam@example.test", "\u017fam@example.test", False),
        ("iris@example.test", "\u0130ris@example.test", False),
        ("\u00e9mile@example.test", "\u00c9mile@example.test", False),
    ],
)
def test_only_ascii_letters_lose_their_case(one: str, other: str, *, alike: bool) -> None:
    assert (folded(one) == folded(other), same(one, other)) == (alike, alike)


def test_composed_letters_are_one_in_the_story_of_a_customer() -> None:
    assert key("e\u0301mile@example.test") == key("\u00e9mile@example.test")


@settings(
    max_examples=60,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(texts=st.lists(st.text(LETTERS, max_size=12), min_size=1, max_size=30))
def test_sql_makes_the_same_of_them(texts: list[str], shared: str) -> None:
    with psycopg.connect(shared) as connection:
        rule = sql.load("domain/address").replace("/* of */", "t.written")
        found = connection.execute(
            f"select t.written, {rule} from unnest(%s::text[]) as t (written)".encode(), (texts,)
        ).fetchall()
    assert found == [(text, folded(text)) for text in texts]
