"""Gives each active token its access, in the database itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from iahome_fix import sql
from iahome_fix.domain.verdicts import TOKEN_COLUMNS
from iahome_fix.errors import Refused
from iahome_fix.i18n import _
from iahome_fix.profile import MODULE_ACCESS, AppProfile
from iahome_fix.repairs import bare, fingerprint, others
from iahome_fix.repairs.applying import applied, kept_of, refused_unit
from iahome_fix.repairs.migrate.obstacles import require_met
from iahome_fix.repairs.patience import patiently, quiet, untold
from iahome_fix.repairs.reconcile.ready import Tables, require_visible
from iahome_fix.repairs.units import Course, Note, Record, Share, Wrote, no_note
from iahome_fix.repairs.withdrawn import Withdrawn, require_listed
from iahome_fix.schema.requirements import survey
from iahome_fix.systems.database import Database, Statement
from iahome_fix.systems.database_errors import SqlError

REASONS = ("no_owner", "no_module", "unknown_module", "expired", "duplicate", "withdrawn")
# A backfill into a table that misses one of these would lose or double rows.
NEEDED = (
    "000_refusals", "010_table", "020_columns", "040_defaults", "050_module_type", "060_owner_type",
    "080_duplicates", "085_renewals", "090_unique_index", "110_sequence", "170_access_tokens_columns",
)  # fmt: skip
AT_ONCE = 50_000
"""Accesses that one transaction makes: the indexes take a second or two to get so many."""
_MORE_THAN_AGREED = "IF003"  # raised by sql/backfill/within.sql


@dataclass(frozen=True)
class BackfillPlan:
    """The counts of a backfill; they add up: tokens = to_create + covered + all skipped.

    `profile`: the version of the app that it was made for. `customers`: how many get those to create.
    `withdrawn`: what a person took away and the tokens would give; `restore`: the ids of those that are given
    back on purpose. `doubles`: accesses that this tool made beside another active one; only where no unique
    index was in the way (Data API). `no_tokens`: the shop has no table of tokens.
    """

    profile: AppProfile
    include_expired: bool
    to_create: int
    covered: int
    skipped: dict[str, int]
    unknown_user: int
    customers: int = 0
    withdrawn: tuple[Withdrawn, ...] = ()
    restore: tuple[str, ...] = ()
    doubles: int = 0
    no_tokens: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.to_create and not self.doubles

    @property
    def tokens(self) -> int:
        return self.to_create + self.covered + sum(self.skipped.values())

    def as_json(self) -> dict[str, Any]:
        return {
            "tokens": self.tokens,
            "to_create": self.to_create,
            "customers": self.customers,
            "covered": self.covered,
            "skipped": dict(self.skipped),
            "doubles": self.doubles,
            "warnings": {"unknown_user": self.unknown_user},
        }


@dataclass(frozen=True)
class ListedToken:
    """A token that gets nothing, and why."""

    token_id: str
    owner: str | None
    module_id: str | None
    reason: str


def plan(
    db: Database,
    profile: AppProfile,
    *,
    include_expired: bool = False,
    restore: Sequence[str] = (),
    on_wait: Callable[[str], None] = quiet,
) -> BackfillPlan:
    """Count what each active token is due by that version of the app. Reads only.

    `restore`: ids of withdrawn accesses that are given back on purpose.

    Raises Refused when the tables are not ready (`not-migrated` where `migrate` helps) or stay locked, or for
    an id that is none of a withdrawn access (`not-withdrawn`), CouldNotTell when the database does not answer
    or hides rows from this user.
    """

    require_told_apart(profile, include_expired=include_expired)

    def read() -> BackfillPlan:
        if profile.is_guides:
            _require_ready(db)
        elif not _has_tokens(bare.require_ready(db, profile)):
            return nothing(profile)
        return counted(db, profile, include_expired=include_expired, restore=restore)

    try:
        return patiently(read, on_wait)
    except SqlError as error:
        raise untold(error) from None


def require_told_apart(profile: AppProfile, *, include_expired: bool) -> None:
    """Refuse to note accesses that are over where they would look like something else (expired-tokens)."""
    if include_expired and not profile.is_guides:
        raise Refused.unchanged(
            "expired-tokens",
            _("in {table} an access that is over looks the same as one that was withdrawn").format(
                table=profile.table.name
            ),
            _("the same command without --include-expired leaves expired tokens out"),
        )


def counted(
    db: Database, profile: AppProfile, *, include_expired: bool, restore: Sequence[str]
) -> BackfillPlan:
    """The plan by the rows that are there, wherever they are written then. Raises Refused, SqlError."""
    parameters = {"include_expired": include_expired, "restore": list(restore)}
    rows = {row["verdict"]: row for row in db.read(_query("plan", profile), parameters, patient=True)}
    taken: tuple[Withdrawn, ...] = ()
    if restore or "withdrawn" in rows:
        found = db.read(_query("withdrawn", profile), parameters, patient=True)
        taken = tuple(Withdrawn.of(row) for row in found)
    require_listed(restore, (one for one in taken if one.given_back))

    def count(verdict: str, what: str = "tokens") -> int:
        return int(rows[verdict][what]) if verdict in rows else 0

    return BackfillPlan(
        profile,
        include_expired=include_expired,
        to_create=count("to_create"),
        covered=count("covered"),
        skipped={reason: count(reason) for reason in REASONS},
        unknown_user=count("to_create", "unknown_user"),
        customers=count("to_create", "customers"),
        withdrawn=taken,
        restore=tuple(dict.fromkeys(restore)),
    )


def listed(
    db: Database,
    profile: AppProfile,
    *,
    reason: str | None = None,
    most: int | None = None,
    include_expired: bool = False,
    restore: Sequence[str] = (),
) -> tuple[ListedToken, ...]:
    """The tokens that get nothing: one reason or all, all of them or at most `most`. Raises CouldNotTell."""
    parameters = {
        "include_expired": include_expired,
        "restore": list(restore),
        "reason": reason,
        "most": most,
    }
    try:
        rows = db.read(_query("listed", profile), parameters, patient=True)
    except SqlError as error:
        raise untold(error) from None
    return tuple(ListedToken(row["token_id"], row["owner"], row["module_id"], row["reason"]) for row in rows)


def apply(
    db: Database,
    agreed: BackfillPlan,
    run_id: str,
    on_wait: Callable[[str], None] = quiet,
    wrote: Wrote | None = None,
    note: Note = no_note,
    at_once: int = AT_ONCE,
) -> int:
    """Create the accesses of the plan, some of the customers in each transaction; how many rows were made.

    `wrote` takes what the journal has to know of the rows; `note` is called before each is
    committed, and after it. `at_once`: about how many rows one transaction makes.

    Fewer than planned is fine (somebody else made them meanwhile); more is refused and nothing is kept,
    since the operator has not seen them. A table in use is awaited a few times (`on_wait` hears of it).
    Raises Refused when nothing was written, StoppedAfter when a part was.
    """
    wrote = wrote or Wrote()
    course = Course(Share.all(agreed.to_create, at_once), of=agreed.to_create)
    return applied(
        db,
        course,
        lambda share: _unit(agreed, run_id, share, agreed.to_create - course.created),
        record=Record(wrote, note),
        kept=lambda: kept_of(db, agreed.profile, run_id, "token", wrote),
        refusal=partial(_refusal, db, agreed.profile),
        on_wait=on_wait,
    )


def _unit(agreed: BackfillPlan, run_id: str, share: Share, most: int) -> tuple[Statement, ...]:
    asked = {"include_expired": agreed.include_expired, "restore": list(agreed.restore)}
    parameters = asked | ({"run_id": run_id} if agreed.profile.is_guides else {})
    kind = "" if agreed.profile.is_guides else "bare_"
    return (
        Statement(sql.load("backfill/agreed"), {"most": most, "parts": share.parts, "part": share.part}),
        *others.around(
            agreed.profile,
            Statement(_query(f"{kind}end_expired", agreed.profile), parameters),
            Statement(_query(f"{kind}create", agreed.profile), parameters),
            Statement(_query("left", agreed.profile), asked),
        ),
        Statement(sql.load("backfill/within")),
        Statement(sql.load("backfill/created")),
    )


def _refusal(db: Database, profile: AppProfile, error: SqlError) -> Refused:
    """Why a unit was refused, of which nothing was kept."""
    if error.sqlstate == _MORE_THAN_AGREED:
        return Refused.unchanged(
            "changed",
            _("more tokens are due an access now than the plan showed"),
            _("run the same command again and look at the new plan"),
        )
    return refused_unit(db, profile, error)


def _query(name: str, profile: AppProfile) -> str:
    text = fingerprint.load("backfill/create") if name == "create" else sql.load(f"backfill/{name}", profile)
    return sql.load("backfill/classified", profile) + text


def _has_tokens(found: Tables) -> bool:
    """Whether there is a table of tokens at all. Raises Refused for one that is not whole."""
    columns = found.get("access_tokens")
    if columns is None:
        return False
    _require_token_columns(columns)
    return True


def _require_token_columns(columns: Collection[str]) -> None:
    missing = [name for name in TOKEN_COLUMNS if name not in columns]
    if missing:
        raise Refused(
            "access-tokens-columns",
            _("access_tokens has no column {names}").format(names=", ".join(missing)),
        )


def nothing(profile: AppProfile) -> BackfillPlan:
    """The plan of a shop without tokens."""
    return BackfillPlan(
        profile,
        include_expired=False,
        to_create=0,
        covered=0,
        skipped=dict.fromkeys(REASONS, 0),
        unknown_user=0,
        no_tokens=True,
    )


def _require_ready(db: Database) -> None:
    require_visible(db, MODULE_ACCESS)
    columns = db.read(sql.load("checks/tables", MODULE_ACCESS))
    tables = {row["name"]: row for row in columns}
    if tables["access_tokens"]["kind"] is None:
        raise Refused(
            "no-access-tokens",
            _("the table access_tokens does not exist: there are no tokens to give access for"),
            _("is this the database of the app? the target is shown above"),
        )
    if tables["profiles"]["kind"] is None:
        raise Refused("no-profiles", _("the table profiles does not exist"), None)
    require_met(survey(db, only=NEEDED), NEEDED)
    _require_token_columns(tables["access_tokens"]["columns"])
