"""The way of a synthetic payment, hop by hop; whatever happens, its rows are removed at the end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from iahome_fix.domain import synthetic as payment
from iahome_fix.errors import CouldNotTell, ToolError
from iahome_fix.facts.webhook import said, takes_events
from iahome_fix.i18n import _, ngettext
from iahome_fix.repairs.patience import refused
from iahome_fix.systems.database_errors import SqlError
from iahome_fix.systems.site_probe import ascii_event
from iahome_fix.systems.stopping import held_back
from iahome_fix.verify.page import list_of, page_problem
from iahome_fix.verify.removable import require_removed
from iahome_fix.verify.result import FAIL, OK, SKIPPED, TITLES, UNKNOWN, Hop, Remains, Result
from iahome_fix.verify.rows import PAYMENT, Granted, Row
from iahome_fix.verify.traces import traces

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context
    from iahome_fix.systems.site import Answer
    from iahome_fix.verify.bare_traces import Before
    from iahome_fix.verify.plan import VerifyPlan

_LOOK_EVERY = 0.2


class Way:
    """One run."""

    def __init__(
        self,
        ctx: Context,
        plan: VerifyPlan,
        run_id: str,
        *,
        patience: float,
        on_hop: Callable[[Hop], None],
        note: Callable[[Before], None],
    ) -> None:
        """`patience`: seconds that the row may take to appear; `on_hop` hears of each hop as it ends; `note`
        puts on record what a later run has to know of this one."""
        self._ctx = ctx
        self._plan = plan
        self._run_id = run_id
        self._session = payment.session_id(run_id, livemode=plan.livemode)
        self._patience = patience
        self._on_hop = on_hop
        self._traces = traces(ctx, session=self._session, leftovers=plan.leftovers, note=note)
        self._hops: list[Hop] = []
        self._remains: list[Remains] = []
        self._posted = False
        self._answered = False
        self._created = self._removed = 0

    def go(self) -> Result:
        """Remove what earlier runs left, then hop after hop.

        Raises what the database raises, but only before anything is posted.
        """
        try:
            if self._plan.left_sessions:
                self._traces.remove(self._plan.left_sessions, payments=self._plan.remove_payment)
        except SqlError as error:
            raise refused(error) from None
        require_removed(self._ctx.database, self._ctx.profile, self._plan.buyer, self._session)
        interrupted = False
        before = self._unmarked()
        try:
            self._walk()
        except KeyboardInterrupt:
            interrupted = True
        for name in TITLES:
            if name != "clean-up" and name not in {hop.id for hop in self._hops}:
                self._end(name, SKIPPED, time.monotonic(), _("not reached"))
        try:
            # Whoever asks for an end while the rows are removed waits for it.
            with held_back():
                self._clean_up(before)
        except KeyboardInterrupt:
            interrupted = True
        return Result(
            self._run_id,
            tuple(self._hops),
            tuple(self._remains),
            self._created,
            self._removed,
            interrupted,
            late=self._posted and not self._answered,
        )

    def _walk(self) -> None:
        """Each hop needs the one before, but the row is looked for whatever the handler answered."""
        if not self._route() or not self._signature():
            return
        self._handler()
        granted = self._row()
        if granted is not None:
            self._page()

    def _route(self) -> bool:
        started = time.monotonic()
        answer = self._ctx.site.post_unsigned(self._plan.url)
        if answer.refuses_unsigned or takes_events(self._ctx, self._plan.url):
            return self._end("route", OK, started, _("answers {status}").format(status=answer.status))
        return self._end("route", _bad(answer), started, _answered(self._plan.url, answer))

    def _signature(self) -> bool:
        started = time.monotonic()
        secret = self._ctx.settings.stripe_webhook_secret or ""
        answer = self._ctx.site.post_signed(self._plan.url, ascii_event(), secret)
        if _accepted(answer):
            return self._end("signature", OK, started, _("a harmless signed event is accepted"))
        if answer.status == 400:
            text = _("the site refuses the local STRIPE_WEBHOOK_SECRET: it has another one, or none")
            return self._end("signature", FAIL, started, text)
        return self._end("signature", _bad(answer), started, _answered(self._plan.url, answer))

    def _handler(self) -> None:
        plan = self._plan
        body = payment.event(
            self._run_id,
            plan.buyer,
            plan.metadata,
            livemode=plan.livemode,
            site_url=self._ctx.settings.site_url,
        )
        secret = self._ctx.settings.stripe_webhook_secret or ""
        started = time.monotonic()
        self._traces.begin(plan.buyer.user_id, plan.buyer.module)
        self._posted = True
        answer = self._ctx.site.post_signed(plan.url, json.dumps(body, indent=2, ensure_ascii=False), secret)
        self._answered = answer.status is not None
        if _accepted(answer):
            self._end("handler", OK, started, _("answers {status}").format(status=answer.status))
        elif answer.status is not None and answer.status >= 400:
            text = _(
                "answers {status} to the payment: the server's log says why (a handler that reads the event"
                " from Stripe again does not find it there)"
            ).format(status=answer.status)
            self._end("handler", FAIL, started, text)
        else:
            self._end("handler", FAIL, started, _answered(plan.url, answer))

    def _row(self) -> Granted | None:
        started = time.monotonic()
        while True:
            try:
                granted = self._traces.granted(self._session, self._plan.buyer.user_id)
            except ToolError as error:
                self._end("row", UNKNOWN, started, error.message)
                return None
            if granted is not None or time.monotonic() - started >= self._patience:
                break
            time.sleep(_LOOK_EVERY)
        if granted is None:
            self._end("row", FAIL, started, self._no_row())
            return None
        self._created = 1
        if granted.module_id != self._plan.buyer.module:
            text = _("row {id} is for module {module}").format(id=granted.id, module=granted.module_id)
            self._end("row", FAIL, started, text)
        elif not granted.is_active or (granted.hours is not None and granted.hours <= 0):
            self._end("row", FAIL, started, _("row {id} is not in force").format(id=granted.id))
        else:
            lasts = _("without end") if granted.hours is None else _("{h} h").format(h=granted.hours)
            text = _("{table} {id}, lasts {lasts}").format(
                table=self._traces.access, id=granted.id, lasts=lasts
            )
            self._end("row", OK, started, text)
        return granted

    def _no_row(self) -> str:
        others = [row for row in self._traces.of((self._session,)) if row.table == self._traces.access]
        if others:
            self._created = len(others)
            return _("the row went to another customer ({id})").format(id=others[0].id)
        unknown = [row.id for row in self._unmarked() or () if row.table == self._traces.access]
        if unknown:
            return _("the handler wrote module_access {id}, but without the session's id").format(
                id=unknown[0]
            )
        keys = ", ".join(sorted(self._plan.metadata))
        if any(row.table == PAYMENT for row in self._traces.of((self._session,))):
            return _(
                "the handler noted the payment, but gave no access within {seconds} s: doctor says which"
                " right, type or index is in the way"
            ).format(seconds=f"{self._patience:g}")
        return _(
            "no row within {seconds} s: the handler acknowledges without writing, or does not read these"
            " metadata ({keys}); doctor and the server's log say more"
        ).format(seconds=f"{self._patience:g}", keys=keys)

    def _page(self) -> None:
        started = time.monotonic()
        try:
            seen = list_of(self._ctx, self._plan.login, self._plan.buyer.module)
        except ToolError as error:
            self._end("page", UNKNOWN, started, error.message)
            return
        problem = page_problem(self._ctx.site, self._ctx.profile.page.path)
        if seen.listed and problem is None:
            text = ngettext(
                "the page shows {count} module to this login: this one",
                "the page shows {count} modules to this login, this one among them",
                seen.modules,
            ).format(count=seen.modules)
            self._end("page", OK, started, text)
        elif seen.listed:
            self._end("page", FAIL, started, problem or "")
        else:
            text = seen.why or _(
                "the page shows {count} modules to this login, and this one is not among them"
            ).format(count=seen.modules)
            self._end("page", FAIL, started, text)

    def _clean_up(self, before: frozenset[Row] | None) -> None:
        started = time.monotonic()
        if not self._posted:
            self._end("clean-up", SKIPPED, started, _("no payment was sent, so nothing is there to remove"))
            return
        try:
            found = self._traces.of((self._session,))
            left = self._traces.remove((self._session,), payments=self._plan.remove_payment) if found else ()
        except ToolError as error:
            self._remains.append(
                Remains(
                    self._traces.access,
                    None,
                    _("rows of {session}").format(session=self._session),
                    remove=self._traces.by_hand((self._session,)),
                )
            )
            # Nobody answered: nothing is known of the rows, which is another thing than rows that stay.
            untold = isinstance(error, CouldNotTell)
            self._end("clean-up", UNKNOWN if untold else FAIL, started, error.message)
            return
        kept = [row for row in found if row.table == PAYMENT and not self._plan.remove_payment]
        self._removed = len(found) - len(left) - len(kept)
        for row in (*left, *kept):
            self._remains.append(
                self._remain(row, _("it carries the id of the session"), on_purpose=row in kept)
            )
        self._name_others(before)
        removed = [f"{row.table} {row.id}" for row in found if row not in left and row not in kept]
        text = (
            _("removed: {rows}").format(rows=", ".join(removed))
            if removed
            else _("there was nothing to remove")
        )
        self._end("clean-up", FAIL if left else OK, started, text)

    def _name_others(self, before: frozenset[Row] | None) -> None:
        now = self._unmarked()
        if before is not None and now is not None:
            self._remains += [
                self._remain(row, _("new since the payment, without its session's id: remove it by hand"))
                for row in sorted(now - before, key=lambda r: (r.table, r.id))
            ]
        if not self._answered:
            text = _("the handler did not answer; should it write later, run verify again to clean up")
            self._remains.append(Remains("late", None, text, certain=False))
        self._remains.append(
            Remains("email", None, _("a confirmation e-mail, if the handler sends one"), certain=False)
        )

    def _unmarked(self) -> frozenset[Row] | None:
        try:
            return self._traces.unmarked(self._plan.buyer.user_id, self._plan.buyer.module)
        except ToolError:
            return None

    def _remain(self, row: Row, detail: str, *, on_purpose: bool = False) -> Remains:
        remove = self._traces.by_hand(row)
        return Remains(row.table, row.id, detail, remove=remove, on_purpose=on_purpose)

    def _end(self, hop_id: str, status: str, started: float, detail: str) -> bool:
        hop = Hop(hop_id, status, round((time.monotonic() - started) * 1000), detail)
        self._hops.append(hop)
        self._on_hop(hop)
        return status == OK


def _accepted(answer: Answer) -> bool:
    return answer.status is not None and 200 <= answer.status < 300


def _bad(answer: Answer) -> str:
    """Silence that may be the network's says nothing about the site."""
    return UNKNOWN if answer.reason in ("dns", "timeout", "network") else FAIL


def _answered(url: str, answer: Answer) -> str:
    return _("{url} {answer}").format(url=url, answer=said(answer))
