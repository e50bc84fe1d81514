"""The profile file: what it may say, and what it says of each line that means nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from iahome_fix.errors import UsageError
from iahome_fix.profile import MODULE_ACCESS, USER_APPLICATIONS_MONTH
from iahome_fix.settings import Settings, load_settings

OWN = """\
profile = "my_shop"

[profiles.my_shop]
like = "user_applications_month"
[profiles.my_shop.table]
name = "rights"
schema = "shop"
owner = "customer_id"
title = ""
[profiles.my_shop.handler]
path = "/api/pay"
[profiles.my_shop.term]
usual = "2w"
modules = {metube = "90d"}
"""


def load(folder: Path, text: str | None = None, profile: str | None = None) -> Settings:
    if text is not None:
        (folder / "iahome-fix.toml").write_text(text, encoding="utf-8")
    return load_settings(folder=folder, environ={}, profile=profile)


def wrong(folder: Path, text: str, profile: str | None = None) -> str:
    with pytest.raises(UsageError) as refused:
        load(folder, text, profile)
    return refused.value.message


def test_without_it_nothing_is_chosen_and_the_option_wins(tmp_path: Path) -> None:
    plain = load(tmp_path)
    assert (plain.profile, plain.profile_chosen) == (MODULE_ACCESS, None)
    named = load(tmp_path, profile="user_applications_month")
    assert (named.profile, named.profile_chosen) == (USER_APPLICATIONS_MONTH, "--profile")
    assert named.command("doctor") == "iahome-fix doctor --profile user_applications_month"
    assert load(tmp_path, OWN, profile="module_access").profile is MODULE_ACCESS


def test_a_profile_of_ones_own_is_like_another_but_for_what_it_states(tmp_path: Path) -> None:
    settings = load(tmp_path, OWN)
    own, like = settings.profile, USER_APPLICATIONS_MONTH
    assert settings.profile_chosen == "iahome-fix.toml:1"
    assert (own.name, own.table.place, own.table.owner.name) == ("my_shop", "shop.rights", "customer_id")
    assert own.table.title is None and own.table.module == like.table.module
    assert own.handler.path == "/api/pay" and like.handler.path in own.handler.other_paths
    # What is renamed in the table is renamed wherever it is named.
    assert "customer_id" in own.handler.fills and "user_id" not in own.handler.fills
    assert own.term.usual == timedelta(days=14) and own.term.shortest == timedelta(days=14)
    assert own.term.of("metube") == timedelta(days=90)
    assert own.checkout == like.checkout and not own.is_guides


def test_a_section_of_a_known_name_changes_that_profile(tmp_path: Path) -> None:
    settings = load(tmp_path, '[profiles.module_access.page]\npath = "/mine"\n', profile="module_access")
    assert settings.profile.page.path == "/mine"
    assert settings.profile.table == MODULE_ACCESS.table


def test_every_wrong_line_is_named_with_what_was_perhaps_meant(tmp_path: Path) -> None:
    said = wrong(
        tmp_path,
        'profil = "x"\n'
        "[profiles.one]\n"
        'like = "user_application_month"\n'
        "[profiles.one.table]\n"
        'name = "a; drop table b"\n'
        'owners = "user_id"\n'
        "[profiles.one.term]\n"
        'usual = "three days"\n'
        "[profiles.one.page]\n"
        "reads = 1\n"
        "[profiles.one.checkout]\n"
        'read = ["itemsIds"]\n',
    )
    for place in (
        "iahome-fix.toml:1: there is no key profil; perhaps profile is meant",
        "iahome-fix.toml:3: like: there is no user_application_month; perhaps user_applications_month is",
        "iahome-fix.toml:5: profiles.one.table.name takes a name of letters, digits and _",
        "iahome-fix.toml:6: there is no key profiles.one.table.owners; perhaps owner is meant",
        "iahome-fix.toml:8: profiles.one.term.usual takes a span such as 72h, 30d or 2w",
        "iahome-fix.toml:10: profiles.one.page.reads takes a list of names",
        "iahome-fix.toml:12: read: there is no itemsIds; perhaps items_ids is meant",
    ):
        assert place in said
    assert "drop table" not in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("profile = \n", "iahome-fix.toml is not TOML"),
        ('profile = "modul_access"\n', "perhaps module_access is meant"),
        ("profiles = 3\n", "iahome-fix.toml:1: profiles is a section"),
        ('[profiles.x.table]\nowner = "id"\n', "two meanings for one column: id"),
        ('[profiles.x.handler]\nfills = "user_id"\n', "2: profiles.x.handler.fills takes a list of names"),
        (
            "[profiles.x.handler]\nother_paths = [1]\n",
            'other_paths takes a list of paths of the site, such as ["/',
        ),
        ("[profiles.x.checkout]\nwritten = 1\n", "profiles.x.checkout.written takes a list of texts"),
        ('[profiles.x.handler]\npath = "api"\n', "profiles.x.handler.path takes a path of the site, such as"),
        ("[profiles.x.handler]\norigin = 1\n", "profiles.x.handler.origin takes a text"),
        (
            "[profiles.x.handler.writes]\nn = true\n",
            "2: profiles.x.handler.writes.n takes a text or a number",
        ),
        (
            '[profiles.x.handler]\nwrites = {"a b" = 1}\n',
            "handler.writes.a b is no name of a column: letters",
        ),
        ("[profiles.x.term]\nmodules = {m = 3}\n", "2: profiles.x.term.modules.m takes a span such as 72h"),
    ],
)
def test_what_cannot_be_a_profile_is_refused(tmp_path: Path, text: str, says: str) -> None:
    assert says in wrong(tmp_path, text)


def test_an_unknown_name_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        load(tmp_path, profile="user_application")
    assert "perhaps user_applications" in refused.value.message
    assert "module_access" in str(refused.value.hint)
