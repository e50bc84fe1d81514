"""What the app profile says stands in no other module as data; sentences for a person may name it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import iahome_fix
from iahome_fix.profile import MODULE_ACCESS, Says

PACKAGE = Path(iahome_fix.__file__).parent
THE_APP_ITSELF = ("profile", "sandbox")
"""Where they may stand: the profile, and the app that is made for tests and demonstrations."""
STRIPES_OWN = {"customer_email": "a field of a Checkout Session, too"}
OTHER_MEANINGS = {
    "module_access",
    "items",
    "type",
    "tokens",
    "environment",
    "user_id",
    "is_active",
    "metadata",
}
"""Words that mean other things as well, or the guide's table itself, which `migrate` makes."""


def constants() -> Iterator[tuple[str, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE)
        if place.parts[0] not in THE_APP_ITSELF:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield place.as_posix(), node.value


def owned() -> set[str]:
    """Paths and keys of the profile."""
    keys = {key.name for key in MODULE_ACCESS.checkout.known if key.says is not Says.USER}
    return {*MODULE_ACCESS.handler.paths, MODULE_ACCESS.page.path, *keys} - OTHER_MEANINGS


def test_paths_and_metadata_keys_stand_in_the_profile_alone() -> None:
    assert {"items_ids", "/encours", "/api/webhooks/stripe"} <= owned()
    found = {(place, text) for place, text in constants() if text in owned() - STRIPES_OWN.keys()}
    assert found == set()


@pytest.mark.parametrize("word", ["72h", "hours=72"])
def test_no_module_has_a_term_of_its_own(word: str) -> None:
    texts = {
        path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8")
        for path in PACKAGE.rglob("*.py")
    }
    assert "hours=72" in texts["profile/module_access.py"]
    as_data = {
        place
        for place, text in texts.items()
        if place.split("/")[0] not in THE_APP_ITSELF and (f"({word})" in text or f'"{word}"' in text)
    }
    assert as_data == set()
