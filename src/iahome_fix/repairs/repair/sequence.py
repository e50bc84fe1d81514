"""The shortest safe sequence for what is broken: all plans first, then applied in an order that is safe while
the shop sells.

The schema comes first, since everything is written into it; then the profiles, by which payments are matched;
then the endpoint, so that no payment is lost while old ones are made good; then the accesses. Each step is
planned again when its turn comes, and stops the sequence when it would do more than was shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.errors import MissingCredential, Refused, ToolError
from iahome_fix.i18n import N_, _, joined
from iahome_fix.model import Kind, Status
from iahome_fix.repairs import bare, emails, endpoint
from iahome_fix.repairs.api.written import Written
from iahome_fix.repairs.backfill import backfill
from iahome_fix.repairs.migrate import in_sight, interlock, migrate, served
from iahome_fix.repairs.migrate.taken import Taken
from iahome_fix.repairs.reconcile import ready as reconcile_ready
from iahome_fix.repairs.reconcile import reconcile
from iahome_fix.repairs.repair import over_api as sequence_api
from iahome_fix.repairs.units import StoppedAfter, Wrote
from iahome_fix.schema.requirements import CHANGE_TYPES, DUPLICATES, PLAIN, Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iahome_fix.domain.sums import Sums
    from iahome_fix.domain.terms import Terms
    from iahome_fix.facts.context import Context
    from iahome_fix.facts.webhook_writer import Evidence
    from iahome_fix.model import Report
    from iahome_fix.profile import AppProfile
    from iahome_fix.repairs.api.bare.record import BareWritten
    from iahome_fix.repairs.reconcile.plan import ReconcilePlan
    from iahome_fix.repairs.withdrawn import Withdrawn
    from iahome_fix.systems.stripe_writer import StripeWriter

    Given = Written | BareWritten

MIGRATE, EMAILS, ENDPOINT, BACKFILL, RECONCILE = (
    "migrate",
    "email-case",
    "check-stripe",
    "backfill",
    "reconcile",
)

# While one of these fails and only a person can mend it, a step would be refused, or do harm: a second table
# beside the one that was renamed, rows that a trigger hides.
_THIS = "repair"
_BEFORE_ANY_WRITE = frozenset({"supabase.writable"})
_BEFORE_THE_SCHEMA = frozenset({"schema.module-access"})
_BEFORE_ROWS = frozenset({"schema.grant-accepted", "schema.sequence"})

TITLES = {
    MIGRATE: N_("bring module_access to its target shape"),
    EMAILS: N_("give profiles the form of address that their login has"),
    ENDPOINT: N_("make Stripe send payments to the site's handler"),
    BACKFILL: N_("give each active token its access"),
    RECONCILE: N_("give each paid Checkout Session its access"),
}


@dataclass(frozen=True)
class Step:
    """One step of the sequence.

    Attributes:
        id: one of the five above.
        plan: the plan of that repair; None where it can be made only after an earlier step.
        at_most: how many rows it may come to.
        webhook: which role the webhook writes as, where the step closes the table and a trace was found.
    """

    id: str
    plan: Any
    at_most: int | None = None
    webhook: Evidence | None = None

    @property
    def title(self) -> str:
        return _(TITLES[self.id])

    @property
    def undoable(self) -> bool:
        """Can `undo` take all of it back?"""
        return self.id != MIGRATE or all(step.undoable for step in self.plan.steps)

    def as_json(self) -> dict[str, Any]:
        shown = self.plan.as_json() if hasattr(self.plan, "as_json") else None
        if self.id == MIGRATE:
            shown = [step.as_json() for step in self.plan.steps]
        warning = getattr(self.plan, "warning", None)
        return {
            "id": self.id,
            "undoable": self.undoable,
            "title": self.title,
            "plan": shown,
            "at_most": self.at_most,
            "warning": warning,
            "webhook_role": interlock.as_json(None, self.webhook),
        }


@dataclass(frozen=True)
class ByHand:
    """What only a person can do: which check says so, what is wrong, and the words to act on."""

    check: str
    detail: str
    hint: str | None


@dataclass(frozen=True)
class Sequence:
    """The steps in their order, and what is left for a person.

    `withdrawn`: what a person took away and a step leaves so, by the command that gives it back on purpose.
    `longest`: seconds that sales may wait for a step that changes the schema; None as `migrate.apply` has it.
    `left_out`: which of the repairs mean nothing in this version of the app, as a sentence; None for none.
    """

    steps: tuple[Step, ...]
    by_hand: tuple[ByHand, ...] = ()
    terms: Terms | None = None
    withdrawn: Mapping[str, tuple[Withdrawn, ...]] = field(default_factory=dict)
    longest: float | None = None
    left_out: str | None = None

    def taken_away(self, *, emails: bool) -> list[dict[str, Any]]:
        """The withdrawn accesses for the document, each with the command that would give it back."""
        return [
            {"command": command, **one.as_json(emails=emails)}
            for command, found in self.withdrawn.items()
            for one in found
        ]

    def as_json(self) -> dict[str, Any]:
        return {
            "steps": [step.as_json() for step in self.steps],
            "by_hand": [{"check": b.check, "detail": b.detail, "hint": b.hint} for b in self.by_hand],
            "left_out": self.left_out,
        }


@dataclass
class Done:
    """What was applied so far; `gained`: who has now what they paid for, by the step that reconciles;
    `holders`: how many customers got an access for a token, where that is known.

    `changes`: what the journal keeps of it, `rows`: of rows that say nothing of it themselves.

    `note` is called after each step, so that it is on record whatever becomes of the next; `deciding` right
    before a commit, whose answer may get lost.
    """

    steps: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    gained: Sums | None = None
    holders: int = 0
    changes: dict[str, Any] = field(default_factory=dict)
    rows: Wrote = field(default_factory=Wrote)
    note: Callable[[], None] = lambda: None
    deciding: Callable[[], None] = lambda: None
    secret: str | None = field(default=None, repr=False)
    over_api: Written | None = None

    def noting(self, deciding: bool) -> None:
        """Put it on record."""
        (self.deciding if deciding else self.note)()

    @contextmanager
    def counting(self, step: str) -> Iterator[None]:
        """Around a step that may stop after a part of it was kept: that part counts."""
        try:
            yield
        except StoppedAfter as stop:
            self.counts[step] = stop.count
            raise

    def keeping(self, rows: Mapping[str, Any], deciding: bool) -> None:
        """Put rows on record that the table itself says nothing of."""
        self.changes["rows"] = rows
        self.noting(deciding)

    def wrote(self, step: str, written: Given | None) -> None:
        """Note what a step wrote over the Data API. Raises why it stopped before its end."""
        self.counts[step] = written.created if written is not None else 0
        if written is None:
            return
        if isinstance(written, Written):
            self.over_api = written = written.after(self.over_api)
        self.changes["rows"] = written.on_record()
        if written.stop is not None:
            raise written.stop

    @property
    def some(self) -> bool:
        """Was anything applied, be it a part of a step?"""
        return bool(self.steps or self.changes.get("schema") or any(self.counts.values()))

    @property
    def begun(self) -> tuple[str, ...]:
        """The steps of which a part was kept, and no more."""
        parts = [MIGRATE] if self.changes.get("schema") else []
        parts += [step for step, count in self.counts.items() if count]
        return tuple(step for step in dict.fromkeys(parts) if step not in self.steps)

    @property
    def wrote_rows(self) -> bool:
        """Did a step make accesses, or deactivate some?"""
        given = any(self.counts.get(step) for step in (BACKFILL, RECONCILE))
        return given or DUPLICATES in self.changes.get("schema", ())


def plan(
    ctx: Context, report: Report, terms: Terms, shape: Shape = PLAIN, *, longest: float | None = None
) -> Sequence:
    """What would repair what the report found; `shape`: of the table; `longest`: of `Sequence`. Reads only.

    A repair that cannot be planned for want of a credential is left out: the report says what is missing.
    """
    steps: list[Step] = []
    refused: list[ByHand] = []
    taken: dict[str, tuple[Withdrawn, ...]] = {}

    def attempt(check: str, make: Callable[[], Step | None]) -> None:
        try:
            step = make()
        except MissingCredential:
            return
        except Refused as error:
            refused.append(ByHand(check, error.message, error.hint))
            return
        except ToolError as error:
            if not _is_known(report, check):
                refused.append(ByHand(check, error.message, error.hint))
            return
        if step is not None:
            steps.append(step)

    # What closed only while doctor looked: a change is made over the way that the run was begun with.
    refused += [] if ctx.settings.passed_over else _refused_url(report)
    closed = bool(refused) or _needs_a_person(report, _BEFORE_ANY_WRITE)
    guides = ctx.profile.is_guides
    if guides and not closed and not _needs_a_person(report, _BEFORE_THE_SCHEMA):
        attempt("schema.module-access", lambda: _migrate(ctx, shape))
    unmet: frozenset[str] | None = next((step.plan.unmet for step in steps if step.id == MIGRATE), None)
    if not closed:
        attempt("data.email-case", lambda: None if ctx.only_data_api else _emails(report))
    attempt("stripe.endpoint", lambda: _endpoint(ctx))
    in_the_way = closed or _needs_a_person(report, _BEFORE_THE_SCHEMA | _BEFORE_ROWS)
    in_the_way = in_the_way or (ctx.only_data_api and sequence_api.hides_rows(report))
    if not in_the_way and not any(b.check == "schema.module-access" for b in refused):
        if guides:
            attempt("data.tokens-without-access", lambda: _backfill(ctx, taken, unmet=unmet))
        attempt("payments.unfulfilled", lambda: _reconcile(ctx, terms, taken, refused, unmet=unmet))
    by_hand = _by_hand(report, steps, refused, over_api=ctx.only_data_api)
    left_out = None if guides else _left_out(ctx.profile)
    return Sequence(tuple(steps), (*refused, *by_hand), terms, taken, longest, left_out)


def _left_out(profile: AppProfile) -> str:
    return _(
        "no step changes {table}, which the app's own scripts make, and none gives accesses for tokens, which"
        " this version does not turn into any ({name})"
    ).format(table=profile.table.name, name=profile.name)


def apply(
    ctx: Context,
    agreed: Sequence,
    run_id: str,
    writer: StripeWriter | None,
    done: Done,
    tell: Callable[[str], None],
) -> None:
    """Apply the steps one after the other; `done` tells how far it came, whatever happens.

    Raises what the step raises that did not do what was shown; the steps before it are applied.
    """
    for step in agreed.steps:
        tell(_("{title} …").format(title=step.title))
        _apply_step(ctx, step, agreed, run_id, writer, done, tell)
        done.steps.append(step.id)
        done.note()
        # Not before the step is noted: the schema is changed, whatever the Data API makes of it.
        if step.id == MIGRATE and served.wait_until_served(ctx, tell) is False:
            raise served.not_served(ctx)


def _apply_step(
    ctx: Context,
    step: Step,
    agreed: Sequence,
    run_id: str,
    writer: StripeWriter | None,
    done: Done,
    tell: Callable[[str], None],
) -> None:
    if step.id == MIGRATE:
        taken = Taken()

        def note() -> None:
            done.changes |= taken.on_record()
            done.note()

        def deciding(will_be: Taken) -> None:
            done.changes |= will_be.on_record()
            done.deciding()
            done.changes |= taken.on_record()

        taken.note, taken.deciding = note, deciding
        done.changes |= taken.on_record()
        migrate.apply(ctx.database, step.plan, tell, run_id=run_id, taken=taken, longest=agreed.longest)
        done.counts[MIGRATE] = len(taken.steps)
    elif step.id == EMAILS:
        done.changes["emails"] = emails.apply(ctx.database, step.at_most or 0, ctx.profile)
        done.counts[EMAILS] = done.changes["emails"]["changed"]
    elif step.id == ENDPOINT and writer is not None:
        result = endpoint.apply(writer, step.plan)
        done.changes["stripe"] = [result.on_record(step.plan)]
        done.secret = result.secret
        done.counts[ENDPOINT] = 1
    elif step.id == BACKFILL and ctx.only_data_api:
        written = sequence_api.give_tokens(ctx, run_id, lambda plan: _within(step, plan), tell)
        done.wrote(BACKFILL, written)
    elif step.id == BACKFILL:
        tokens = step.plan or _within(step, backfill.plan(ctx.database, ctx.profile))
        with done.counting(BACKFILL):
            done.counts[BACKFILL] = (
                backfill.apply(ctx.database, tokens, run_id, wrote=done.rows, note=done.noting)
                if tokens.to_create
                else 0
            )
        done.holders = tokens.customers if done.counts[BACKFILL] == tokens.to_create else 0
    elif step.id == RECONCILE and agreed.terms is not None:
        # Always anew: what the backfill gave is not due a second time.
        paid = _within(step, _due_payments(ctx, agreed.terms))
        if ctx.only_data_api:
            _give_over_api(ctx, paid, run_id, done, tell)
            return
        _on_record(paid, paid.to_create, done)
        try:
            with done.counting(RECONCILE):
                done.counts[RECONCILE] = (
                    reconcile.apply(ctx.database, paid, run_id, wrote=done.rows, note=done.noting)
                    if paid.to_create
                    else 0
                )
        finally:
            # Where the answer is lost, all that the plan has may have been made.
            _on_record(paid, done.counts.get(RECONCILE, paid.to_create), done)
        done.gained = paid.gained(done.counts[RECONCILE]) if paid.to_create else None


def _on_record(paid: ReconcilePlan, created: int, done: Done) -> None:
    """Of rows in a table that says nothing of runs the journal alone knows; before a commit, too."""
    if paid.to_create and not paid.profile.is_guides:
        done.changes["rows"] = bare.on_record(paid.profile, created, done.rows)


def _give_over_api(
    ctx: Context, paid: ReconcilePlan, run_id: str, done: Done, tell: Callable[[str], None]
) -> None:
    written: Given | None = None
    if paid.to_create and paid.profile.is_guides:
        written = sequence_api.give_payments(ctx, paid, run_id, tell)
    elif paid.to_create:
        written = sequence_api.give_payments_bare(ctx, paid, run_id, done.keeping, tell)
    done.wrote(RECONCILE, written)
    done.gained = paid.gained(written.created) if written is not None else None


def _due_payments(ctx: Context, terms: Terms) -> ReconcilePlan:
    if ctx.only_data_api:
        return sequence_api.due_payments(ctx, terms)
    return reconcile.plan(ctx.database, ctx.stripe, terms, ctx.profile)


def _within(step: Step, now: Any) -> Any:
    if step.at_most is not None and now.to_create > step.at_most:
        raise Refused(
            "changed",
            _("{title}: {now} accesses are due now, {shown} were shown; it was left out").format(
                title=step.title, now=now.to_create, shown=step.at_most
            ),
            _("run the same command again and look at the new plan"),
        )
    return now


def _migrate(ctx: Context, shape: Shape) -> Step | None:
    planned = in_sight.planned(ctx, shape)
    if planned.obstacles:
        raise Refused("refused", joined(*planned.obstacles))
    if not planned.steps:
        return None
    # Nobody can state the webhook's role here: a plan that may shut it out carries the warning.
    found = interlock.evidence(ctx, planned, None)
    return Step(MIGRATE, interlock.judged(ctx.database, planned, None, found), webhook=found)


def _emails(report: Report) -> Step | None:
    found = next((r for r in report.results if r.check.id == "data.email-case"), None)
    free = int(found.finding.evidence.get("free") or 0) if found and found.status is Status.FAIL else 0
    return Step(EMAILS, None, at_most=free) if free else None


def _endpoint(ctx: Context) -> Step | None:
    planned = endpoint.plan(ctx.stripe, ctx.webhook, secret=ctx.settings.stripe_webhook_secret)
    if planned.action == "nothing":
        if planned.withheld:
            raise Refused("withheld", planned.withheld[0])
        return None
    return Step(ENDPOINT, planned)


def _backfill(
    ctx: Context, taken: dict[str, tuple[Withdrawn, ...]], *, unmet: frozenset[str] | None
) -> Step | None:
    try:
        planned = (
            sequence_api.due_tokens(ctx) if ctx.only_data_api else backfill.plan(ctx.database, ctx.profile)
        )
    except Refused:
        # What no migration of this plan meets keeps it from being planned.
        if unmet is None or unmet & set(backfill.NEEDED):
            raise
        most = int(ctx.database.read(sql.load("repair/tokens_waiting"), patient=True)[0]["found"])
        return Step(BACKFILL, None, at_most=most) if most else None
    taken |= {BACKFILL: planned.withdrawn} if planned.withdrawn else {}
    return Step(BACKFILL, planned, at_most=planned.to_create) if planned.to_create else None


def _reconcile(
    ctx: Context,
    terms: Terms,
    taken: dict[str, tuple[Withdrawn, ...]],
    left: list[ByHand],
    *,
    unmet: frozenset[str] | None,
) -> Step | None:
    try:
        planned = _due_payments(ctx, terms)
    except Refused:
        # What no migration of this plan meets keeps it from being planned.
        if unmet is None or unmet & set(reconcile_ready.NEEDED):
            raise
        sessions = ctx.stripe.sessions(terms.since)
        most = sum(
            len(s.modules) for s in sessions if s.paid and not (s.refunded or s.disputed or s.is_token_pack)
        )
        return Step(RECONCILE, None, at_most=most) if most else None
    taken |= {RECONCILE: planned.withdrawn} if planned.withdrawn else {}
    owed = filter(None, (planned.lacking, planned.untold))
    left += [ByHand("payments.unfulfilled", why.message, why.hint) for why in owed]
    return Step(RECONCILE, planned, at_most=planned.to_create) if planned.to_create else None


def _by_hand(
    report: Report, steps: list[Step], refused: list[ByHand], *, over_api: bool
) -> tuple[ByHand, ...]:
    """The causes that no step mends and nobody answers for; `over_api`: no SQL can be run."""
    mended = {step.id for step in steps}
    retypes = any(step.id == MIGRATE and step.plan.shape.change_types for step in steps)
    said = {b.check for b in refused}
    found = []
    for result in report.results:
        if result.status is not Status.FAIL or result.check.kind is Kind.HYGIENE or result.check.id in said:
            continue
        if result.acknowledged is not None:
            continue
        command = result.finding.fix.command.split()[1] if result.finding.fix else None
        if result.finding.fix and CHANGE_TYPES in result.finding.fix.command and not retypes:
            command = None
        if command in mended or (result.check.id == "data.email-case" and EMAILS in mended):
            continue
        if result.check.id == "data.account-remade" and RECONCILE in mended and not over_api:
            continue
        if command == RECONCILE and BACKFILL in mended:
            continue
        hint = result.finding.hint
        if over_api and command == MIGRATE and result.finding.fix:
            hint = _("`{command}` prints the SQL for the project's SQL editor").format(
                command=result.finding.fix.command
            )
        if command == _THIS and result.finding.fix:
            hint = _("what stands before this comes first; then once more: {command}").format(
                command=result.finding.fix.command
            )
        found.append(ByHand(result.check.id, result.finding.detail, hint))
    return tuple(found)


def _refused_url(report: Report) -> list[ByHand]:
    """That the database URL gave no session, where the report was made over another way."""
    return [
        ByHand(
            r.check.id,
            _("nothing is written into the database while its URL gives no session: {reason}").format(
                reason=r.finding.detail
            ),
            _(
                "correct SUPABASE_DB_URL, or take it out of the env file, so that accesses are given"
                " over the other way; then the same command again"
            ),
        )
        for r in report.results
        if r.check.id == "supabase.database" and r.status is Status.WARN and "reason" in r.finding.evidence
    ]


def _needs_a_person(report: Report, checks: frozenset[str]) -> bool:
    """Does one of these fail that no command mends, and that stops the owner of the tables, too?"""
    return any(
        r.check.id in checks
        and r.status is Status.FAIL
        and r.finding.fix is None
        and not r.finding.evidence.get("owner_may")
        for r in report.results
    )


def _is_known(report: Report, check: str) -> bool:
    """Does the report already say that this could not be looked at?"""
    link = check.partition(".")[0]
    return any(
        r.check.link.value == link
        and r.status in (Status.UNKNOWN, Status.FAIL, Status.BLOCKED, Status.SKIPPED)
        for r in report.results
    )
