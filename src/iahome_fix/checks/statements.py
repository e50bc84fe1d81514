"""Statements for a person to run, who alone knows whether they are meant: the texts of hints.

Each is one line of SQL without parameters, to be pasted into an SQL editor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.identifiers import quoted
from iahome_fix.systems.literals import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iahome_fix.profile import AppProfile
    from iahome_fix.systems.database import Params

OWNED = ("module_access", "access_tokens")
"""The tables whose owners `right_owners` and `right_owner` mend."""


def activate(sessions: Sequence[str]) -> str:
    """What switches the accesses of these Checkout Sessions on again."""
    return _text("activate", {"sessions": list(sessions)})


def activate_row(row_id: str) -> str:
    """What switches one access on again."""
    return _text("activate_row", {"id": row_id})


def deactivate_row(row_id: str) -> str:
    """What switches one access off."""
    return _text("deactivate_row", {"id": row_id})


def give_row(profile: AppProfile, row_id: str, owner: str) -> str:
    """What gives one access to another customer's profile, by its id; `profile`: the version of the app."""
    return render(of_table("give_row", profile), {"id": row_id, "owner": owner})


def right_end(row_id: str, until: str) -> str:
    """What gives one access the end that was sold (`until`: UTC, such as 2026-08-01 12:00:00)."""
    return _text("right_end", {"id": row_id, "until": until})


def right_owners(table: str) -> str:
    """What writes the owners of a table of `OWNED` as the profiles' ids are written."""
    return _text(f"right_owners_{table}")


def right_owner(table: str, row_id: str) -> str:
    """The same for one of its rows."""
    return _text(f"right_owner_{table}", {"id": row_id})


def tokens_by_email() -> str:
    """What gives tokens that an e-mail address owns to its profile."""
    return _text("tokens_by_email")


def accesses_by_email() -> str:
    """What gives accesses that an e-mail address owns to its profile."""
    return _text("accesses_by_email")


def profiles_of_logins() -> str:
    """What makes the profiles that logins lack."""
    return _text("profiles_of_logins")


def profile_of_login(login: str) -> str:
    """What makes the profile that this login, by its id, lacks."""
    return _text("profile_of_login", {"id": login})


def emails_of_logins() -> str:
    """What gives profiles the addresses of their logins."""
    return _text("emails_of_logins")


def email_of_login(profile: str) -> str:
    """What gives this profile, by its id, the address of its login."""
    return _text("email_of_login", {"id": profile})


def email_in_lower_case(profile: str) -> str:
    """What takes capitals and outer blanks from the address of this profile, by its id."""
    return _text("email_in_lower_case", {"id": profile})


def drop_index(name: str) -> str:
    """What takes a unique index of module_access away, whether it is a constraint's or stands alone."""
    return _text("drop_index").replace("INDEX_NAME", quoted(name))


def of_table(name: str, profile: AppProfile) -> str:
    """A statement of sql/by_hand about the table of accesses of that profile."""
    lines = sql.load(f"by_hand/{name}", profile).splitlines()
    return " ".join(word for line in lines if not line.startswith("--") for word in line.split())


def _text(name: str, values: Params | None = None) -> str:
    lines = sql.load(f"by_hand/{name}").splitlines()
    text = " ".join(word for line in lines if not line.startswith("--") for word in line.split())
    return render(text, values)
