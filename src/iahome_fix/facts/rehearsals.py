"""Sales that are made and taken back, where the run was asked to: once per run, shared by the checks that
speak of what they meet.

At most 20 sales, 3 s in all (systems/rehearsal): of the sales that nobody made yet one of each kind, then of
those that are owed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.domain.refusals import is_own_right
from iahome_fix.errors import ToolError
from iahome_fix.facts import sales, webhook_writer
from iahome_fix.facts.queries import of_database
from iahome_fix.facts.seen import fact
from iahome_fix.facts.tables import gaps, tables
from iahome_fix.i18n import N_, _, joined
from iahome_fix.systems.database import Login
from iahome_fix.systems.database_errors import DatabaseUnreachable, MayNotCall
from iahome_fix.systems.rehearsal import IN_ALL, NOTED, NotRehearsed, SaleToTry

if TYPE_CHECKING:
    from iahome_fix.domain.sale import Sale
    from iahome_fix.facts.context import Context
    from iahome_fix.facts.seen import Seen
    from iahome_fix.systems.database_errors import SqlError
    from iahome_fix.systems.rehearsal import StepTried

QUERIES = (
    "rehearsal/candidates",
    "module_access/110_sequence",
    "checks/sequence_end",
    "checks/read_only",
    "checks/any_profile",
    "checks/handler_rows",
    "checks/statement_roles",
    "checks/statement_roles_known",
)
"""What these read."""

_MOST = 20
_MODULES = 8
_SHORTEST = 0.05
_SLOW = N_("a sale takes longer than the {seconds:g} s for which a customer may be kept waiting")
_CHANGES = ("extend", "deactivate")
_BUSY = ("55P03", "40P01", "57014")


@dataclass(frozen=True)
class Obstacle:
    """What kept a statement from doing what the handler means.

    `effect`: refused (`error` says why), dropped (no row, no error), removed (gone again), changed
    (`columns`: what is not as it was written), at-cost (other accesses of the customer's are gone).
    """

    effect: str
    error: SqlError | None = None
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class One:
    """One sale that was tried."""

    sale: SaleToTry
    steps: tuple[StepTried, ...]

    @property
    def of_grant(self) -> Obstacle | None:
        """What keeps the customer from having the access; None where nothing does."""
        made = self._first("insert")
        if made is None:
            return None
        if made.error is not None or not made.rows:
            return _obstacle(made)
        kept = self._first("kept")
        if kept is None or kept.error is not None:
            return None
        if not kept.rows:
            return Obstacle("removed")
        row = kept.row or {}
        written = {"user_id": self.sale.owner, "module_id": self.sale.module}
        changed = [name for name, value in written.items() if str(row.get(name)) != value]
        changed += ["is_active"] if row.get("is_active") is not True else []
        changed += ["expires_at"] if row.get("over") else []
        if changed:
            return Obstacle("changed", columns=tuple(changed))
        had, has = row.get("had"), row.get("has")
        return Obstacle("at-cost") if isinstance(had, int) and isinstance(has, int) and has <= had else None

    @property
    def changes(self) -> bool:
        """Was an access extended or deactivated, as far as the role itself may?"""
        return any(step.step in _CHANGES and not _own(step) for step in self.steps)

    @property
    def of_change(self) -> Obstacle | None:
        """What keeps an access from being extended or deactivated, but for a right of the role itself."""
        undone = [
            column
            for step in self.steps
            for name, column in (("deactivate", "is_active"), ("extend", "expires_at"))
            if step.step == name and (step.row or {}).get("done") is False
        ]
        met = self._of("deactivate") or self._of("extend")
        return met or (Obstacle("changed", columns=tuple(undone)) if undone else None)

    @property
    def of_note(self) -> Obstacle | None:
        """What keeps the payment from being noted."""
        return self._of("payment")

    @property
    def unseen(self) -> str | None:
        """The table in which the handler does not find what is there: the customer, or the module."""
        for step, table in (("customer", "profiles"), ("module", "modules")):
            found = self._first(step)
            if found is not None and found.error is None and not found.rows:
                return table
        return None

    @property
    def own_right(self) -> SqlError | None:
        """The right, or the policy, that refused the role itself a step of the grant."""
        for step in ("customer", "module", "look", "insert"):
            found = self._first(step)
            if found is not None and _own(found):
                return found.error
        return None

    def _of(self, step: str) -> Obstacle | None:
        failed = (one for one in self.steps if one.step == step and (one.error or not one.rows))
        found = next((one for one in failed if not _own(one)), None)
        return _obstacle(found) if found else None

    def _first(self, step: str) -> StepTried | None:
        return next((one for one in self.steps if one.step == step), None)


@dataclass(frozen=True)
class Rehearsed:
    """What was tried; `why`: why not more, if that is so, and `reached`: what would have outlasted it."""

    role: str
    ones: tuple[One, ...] = ()
    why: str | None = None
    reached: NotRehearsed | None = None
    denied: MayNotCall | None = None


@dataclass
class _Left:
    """What of the limits is left."""

    sales: int = _MOST
    seconds: float = IN_ALL
    words: list[str] = field(default_factory=list)


def of_new_sales(ctx: Seen) -> Rehearsed | None:
    """Sales that nobody made yet, one of each kind; None where the run does not rehearse."""
    return new_sales(ctx) if ctx.rehearsing is not None else None


def of_owed_sales(ctx: Seen) -> Rehearsed | None:
    """Some of the sales that are owed, those of one kind once; None where the run does not rehearse."""
    return owed_sales(ctx) if ctx.rehearsing is not None else None


@fact
def new_sales(ctx: Context) -> Rehearsed:
    """`of_new_sales`, of a run that rehearses."""
    stops = _first(ctx)
    if stops is not None:
        return Rehearsed(_role(ctx), why=_("not before {check} is repaired").format(check=stops))
    rows = ctx.database.read(
        sql.load("rehearsal/candidates", ctx.profile), {"modules": _MODULES}, patient=True
    )
    if not rows:
        return Rehearsed(_role(ctx), why=_("there is no customer, or no module, to rehearse a sale with"))
    firsts = [row for row in rows if row["nth"] == 1]
    others = {row["module"]: row for row in rows if row["nth"] == 2}
    found = _run(ctx, [_sale(ctx, row["owner"], row["email"], row["module"]) for row in firsts])
    # What is refused for one customer may be right so: another one is asked for.
    again = [
        others[one.sale.module]
        for one in found.ones
        if one.of_grant is not None and one.sale.module in others
    ]
    more = _run(ctx, [_sale(ctx, row["owner"], row["email"], row["module"]) for row in again[:4]])
    return Rehearsed(
        found.role, (*found.ones, *more.ones), found.why, found.reached or more.reached, found.denied
    )


def _first(ctx: Context) -> str | None:
    """The check that comes first: a rehearsal takes a number, and has to be able to write."""
    if gaps(ctx, "110_sequence") or of_database(ctx, "checks/sequence_end"):
        return "schema.sequence"
    written = of_database(ctx, "checks/read_only").only("checks/read_only")
    return "supabase.writable" if written["standby"] or written["by_default"] else None


@fact
def owed_sales(ctx: Context) -> Rehearsed:
    """`of_owed_sales`, of a run that rehearses."""
    new_sales(ctx)  # the limits are for both
    owed = sales.insertable(ctx)
    chosen: list[Sale] = []
    for same in (lambda s: (s.module, s.open, s.row_in_way is None), lambda s: (s.module, s.owner)):
        seen = {same(s) for s in chosen}
        for sale in owed:
            if sale.owner and sale.module and same(sale) not in seen:
                seen.add(same(sale))
                chosen.append(sale)
    chosen = list({(s.owner, s.module): s for s in chosen[: 2 * _MOST]}.values())[:_MOST]
    owners = sorted({str(sale.owner) for sale in chosen})
    rows = ctx.database.read(sql.load("rehearsal/owners"), {"owners": owners}, patient=True)
    emails = {str(row["owner"]): str(row["email"]) for row in rows}
    return _run(
        ctx,
        [
            _sale(ctx, str(s.owner), emails[str(s.owner)], str(s.module), s.session.id)
            for s in chosen
            if str(s.owner) in emails
        ],
    )


def _run(ctx: Context, wanted: Iterable[SaleToTry]) -> Rehearsed:
    left: _Left = ctx.fact("rehearsed: what is left", _Left)
    rehearsing, role = ctx.rehearsing, _role(ctx)
    through = rehearsing.through if rehearsing else frozenset()
    ones: list[One] = []
    for sale in wanted:
        if not left.sales or left.seconds < _SHORTEST:
            break
        try:
            tried = ctx.database.rehearse(sale, login=Login(role), seconds=left.seconds, through=through)
        except NotRehearsed as error:
            return Rehearsed(role, tuple(ones), error.message, reached=error)
        except MayNotCall as error:
            return Rehearsed(role, tuple(ones), error.message, denied=error)
        except ToolError as error:
            left.seconds = 0
            return Rehearsed(role, tuple(ones), _why_not(error))
        left.sales -= 1
        left.seconds -= tried.seconds
        busy = next((s.error for s in tried.steps if s.error and s.error.sqlstate in _BUSY), None)
        if busy is not None:
            return Rehearsed(
                role, tuple(ones), _("a row is in use at this moment: {reason}").format(reason=busy.said)
            )
        ones.append(One(sale, tried.steps))
    return Rehearsed(role, tuple(ones))


def _why_not(error: ToolError) -> str:
    """Why a sale did not come to its end."""
    if not isinstance(error, DatabaseUnreachable) or error.reason != "slow":
        return error.message
    said = _(_SLOW).format(seconds=IN_ALL)
    if not error.within:
        return said
    return joined(said, _("it was in the function {names} then").format(names=", in ".join(error.within)))


def _role(ctx: Context) -> str:
    """The role that the webhook is known to write as, else the one that it should."""
    seen = webhook_writer.found(ctx, 1)
    return seen.role if seen and seen.certain and not seen.mixed else webhook_writer.SERVICE_ROLE


def _sale(ctx: Context, owner: str, email: str, module: str, payment: str | None = None) -> SaleToTry:
    ends = sales.sold_terms(ctx).ends(sales.now(ctx), sales.now(ctx), str(module))
    table = tables(ctx)["payments"]
    return SaleToTry(
        owner=str(owner),
        email=str(email),
        module=str(module),
        payment=payment or "cs_rehearsal",
        ends=ends.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        noted=table.is_table and set(table.columns) >= NOTED,
        profile=ctx.profile,
    )


def _own(step: StepTried) -> bool:
    """Was it refused for a right of the role itself; or, of a change, for the words that it was tried in?"""
    error = step.error
    if error is None:
        return False
    words = step.step in _CHANGES and error.sqlstate.startswith("42") and not error.named.functions
    return words or is_own_right(error)


def _obstacle(step: StepTried) -> Obstacle:
    return Obstacle("refused", step.error) if step.error is not None else Obstacle("dropped")
