"""Are the tables such that a reconcile can be sure of what it reads and writes?"""

from __future__ import annotations

from collections.abc import Mapping

from iahome_fix import sql
from iahome_fix.domain.verdicts import TOKEN_COLUMNS
from iahome_fix.errors import CouldNotTell, Refused
from iahome_fix.i18n import _
from iahome_fix.profile import MODULE_ACCESS, AppProfile
from iahome_fix.repairs.migrate.obstacles import require_met
from iahome_fix.schema.requirements import REFUSALS, survey
from iahome_fix.systems.database import Database

# A reconcile into a table that misses one of these would lose or double rows. The type of user_id is not
# among them: ids are compared as text and written in the type that is there.
NEEDED = (
    REFUSALS, "010_table", "020_columns", "040_defaults", "050_module_type", "080_duplicates",
    "085_renewals", "090_unique_index", "110_sequence",
)  # fmt: skip
_PROFILE_COLUMNS = frozenset({"id", "email"})

Tables = Mapping[str, frozenset[str]]


def tables(db: Database, profile: AppProfile = MODULE_ACCESS) -> Tables:
    """The tables that the app names and that are there, with their columns."""
    rows = db.read(sql.load("checks/tables", profile))
    return {row["name"]: frozenset(row["columns"]) for row in rows if row["kind"] in ("r", "p")}


def has_tokens(found: Tables) -> bool:
    """Whether access_tokens is there and whole."""
    return found.get("access_tokens", frozenset()) >= set(TOKEN_COLUMNS)


def require_ready(db: Database) -> Tables:
    """Refuse tables that a reconcile cannot be sure of; returns those that are there.

    Raises Refused (code not-migrated where `migrate` helps), CouldNotTell when rows are hidden from the user.
    """
    found = require_people(db, MODULE_ACCESS)
    require_met(survey(db, only=NEEDED), NEEDED)
    return found


def require_people(db: Database, profile: AppProfile) -> Tables:
    """Refuse where it cannot be known who paid; returns the tables that are there.

    Raises Refused (no-profiles), CouldNotTell when rows are hidden from the user.
    """
    require_visible(db, profile)
    found = tables(db, profile)
    if not found.get("profiles", frozenset()) >= _PROFILE_COLUMNS:
        raise Refused(
            "no-profiles",
            _("there is no table profiles with id and email: who paid cannot be known"),
            _("is this the database of the app? the target is shown above"),
        )
    return found


def require_visible(db: Database, profile: AppProfile) -> None:
    """Raise CouldNotTell (rows-hidden) where row level security hides rows of a table from this user."""
    hidden = [row["name"] for row in db.read(sql.load("backfill/hidden", profile))]
    if hidden:
        raise CouldNotTell(
            "rows-hidden",
            _("row level security hides rows of {names} from this database user").format(
                names=", ".join(hidden)
            ),
            _("connect as the owner of the tables (postgres on Supabase)"),
        )
