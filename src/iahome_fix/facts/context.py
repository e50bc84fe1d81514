"""What a check may look at: the settings, the systems, and facts that several checks share."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, cast

from iahome_fix.errors import UsageError
from iahome_fix.facts.reading import ReadOnly, Silent
from iahome_fix.facts.store import Facts, T
from iahome_fix.facts.together import Together, asked_of, questions
from iahome_fix.i18n import _
from iahome_fix.model import Fix, Status
from iahome_fix.systems.gathering import Gathering

if TYPE_CHECKING:
    from iahome_fix.domain.terms import Terms
    from iahome_fix.facts.seen import Fact, Key
    from iahome_fix.model import Finding, Result
    from iahome_fix.profile import AppProfile
    from iahome_fix.settings import Settings
    from iahome_fix.systems.api_copy import RowsCopy
    from iahome_fix.systems.data_api import DataApi
    from iahome_fix.systems.database import Database
    from iahome_fix.systems.database_errors import DatabaseUnreachable
    from iahome_fix.systems.site import Site
    from iahome_fix.systems.stripe_account import StripeAccount
    from iahome_fix.systems.webhook_urls import Webhook

ROWS = "rows"
"""The fact that is the copy of the rows."""
_GUIDES_ROWS = "guides-rows"
_REFUSED = "sql-refused"
_WAY = "way-to-sql"
_SECOND = "second-way-to-sql"
_SILENT = "database-silent"


@dataclass(frozen=True)
class Rehearsing:
    """That a run rehearses. `asked`: by name; else a repair does it by itself.

    `through`: what may be reached although the end of the transaction does not take it back.
    """

    asked: bool = True
    through: frozenset[str] = frozenset()


class Context:
    """One run over the chain. Systems are opened when the first check asks for them, once.

    A system that could not be opened stays so for the run: the failure is remembered, not tried again.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        timeout: float = 10.0,
        terms: Terms | None = None,
        rehearsing: Rehearsing | None = None,
    ) -> None:
        """`timeout`: seconds that one system may take to answer one question.

        `terms`: what the operator chose of the length of an access, None for what is usual. `rehearsing`:
        that sales are made and taken back, None for a run that only reads.
        """
        self.settings = settings
        self.timeout = timeout
        self._terms = terms
        self.rehearsing = rehearsing
        self.results: Mapping[str, Result] = {}
        self._facts = Facts()
        self._retired: list[Any] = []
        self._renewing = threading.Lock()
        self._only_reads = False
        self._queries: frozenset[str] = frozenset()
        self._round = 0

    def for_checks(self, queries: Collection[str] = ()) -> Context:
        """The same run, with the same facts and systems, on a database that can only be read.

        `queries`: what the checks declare; of these, what takes no values is asked in one round.
        """
        view = copy.copy(self)
        view._only_reads = True
        view._queries = frozenset(queries)
        if queries:
            view._round = self._round = self._round + 1
        else:
            view._round = 0
        return view

    def with_results(self, results: Mapping[str, Result]) -> Context:
        """The same run, which knows these results and no others."""
        view = copy.copy(self)
        view.results = results
        return view

    @property
    def terms(self) -> Terms | None:
        """What the operator chose of the length of an access, beside what is usual in this shop."""
        return None if self._terms is None else self.on_terms(self._terms)

    def on_terms(self, terms: Terms) -> Terms:
        """Terms by which this shop sells, where nobody chose others."""
        return replace(terms, usual=self.profile.term.usual, own=self._own_rows())

    def _own_rows(self) -> tuple[str, ...]:
        """The rows that this tool wrote, where only its journal says which they are."""
        profile = self.profile
        if profile.table.metadata is not None:
            return ()
        return self.fact("own rows", lambda: self.settings.written(profile))

    @property
    def profile(self) -> AppProfile:
        """The version of the app that this run is about."""
        from iahome_fix.facts.shop import shop

        return shop(self).profile

    @property
    def webhook(self) -> Webhook:
        """Where the site's app takes Stripe's events."""
        from iahome_fix.systems.webhook_urls import Webhook

        return Webhook(self.settings.site_url, self.profile.handler)

    def see(self, fact: Fact[Any, T], args: Key) -> T:
        """A fact of the run, found once however many checks ask at the same time. Raises why not."""
        return self._facts.get(fact.key_of(args), partial(fact.find, self, *args))

    def fact(self, name: Hashable, find: Callable[[], T]) -> T:
        """What `find` gives (or raises), found once under that name."""
        return self._facts.get(name, find)

    def at_once(self, jobs: Sequence[Callable[[], T]]) -> list[T]:
        """What the jobs give, in their order, run at the same time; raises as the first that failed."""
        return self._facts.at_once(jobs)

    def known(self, name: Hashable) -> Any:
        """A fact that was found in this run; None where nobody asked for it, or it could not be had."""
        return self._facts.known(name)

    @property
    def database(self) -> Database:
        """SQL on the project; in a check it can only read. Raises MissingCredential or UsageError."""
        if not self._only_reads:
            return self.fact("database", self._open_database)
        if self.known(_REFUSED) is not None:
            from iahome_fix.systems.open import no_sql

            raise no_sql(_("no SQL can be run: the database URL gives no session (supabase.database)"))
        together = self.fact(f"to ask together {self._round}", self._questions)
        # Whoever looked for the profile may have met silence: nobody waits for that a second time.
        silent = self.known(_SILENT)
        if silent is not None:
            return cast("Database", Silent(silent))
        reading = ReadOnly(self.fact("reads", lambda: cast("Database", Gathering(self._first_way()))))
        answers = partial(self.fact, f"asked together {self._round}", lambda: asked_of(reading, together))
        return cast("Database", Together(reading, together, answers))

    def _questions(self) -> frozenset[str]:
        """The texts of what is asked in one round; which they are is known once the profile is."""
        return frozenset(questions(self._queries, self.profile)) if self._queries else frozenset()

    @property
    def rows(self) -> Database:
        """The rows of the app's tables, for reading: SQL on the project, else a copy over the Data API.

        For what the catalog, a role or a right decides ask `database`. Raises as that does.
        """
        if not self.only_data_api:
            return self.database
        return cast("Database", ReadOnly(self.fact(ROWS, self._open_copy)))

    def judged_by(self, check_id: str, run: Callable[[], Finding]) -> Finding:
        """What a check finds. What would accuse somebody by copied rows is asked again of rows read anew.

        They are read anew once per run; what was judged by those is said.
        """
        name = f"check {check_id}"
        before = self._facts.renewals(ROWS)
        with self._facts.asked_by(name):
            found = run()
        if found.status is not Status.FAIL or not self._facts.rests_on(name, ROWS) or before:
            return found
        with self._renewing:
            if not self._facts.renewals(ROWS):
                self.look_again()
        with self._facts.asked_by(name):
            return run()

    def look_again(self) -> None:
        """Forget the copy of the rows and what rests on it: who asks next asks rows that are read anew."""
        # Others may still ask the copy that is there: it is closed with the run.
        self._retired.append(self._facts.renew(ROWS))

    @property
    def only_data_api(self) -> bool:
        """Is the Data API the only way to the project that is configured, or that is open?"""
        return self._only_data_api_configured or self.known(_REFUSED) is not None

    @cached_property
    def _only_data_api_configured(self) -> bool:
        from iahome_fix.systems.open import has_only_data_api

        return has_only_data_api(self.settings)

    @property
    def sql_refused(self) -> DatabaseUnreachable | None:
        """Why another way than the first that is configured had to be taken; None where it is used."""
        way = self.known(_WAY)
        refused: DatabaseUnreachable | None = getattr(way, "refused", None) or self.known(_REFUSED)
        if refused is None and self.settings.passed_over:
            from iahome_fix.systems.database_errors import DatabaseUnreachable

            before = self.settings.passed_over[0]
            return DatabaseUnreachable(before.reason, before.message, before.hint)
        return refused

    def gave_no_answer(self, error: DatabaseUnreachable) -> None:
        """From here on checks do not wait for this database again: it let the time pass without an answer."""
        self.fact(_SILENT, lambda: error)

    def without_sql(self, refused: DatabaseUnreachable) -> None:
        """From here on this run goes over the Data API, as SQL cannot be run."""
        self.fact(_REFUSED, lambda: refused)
        # What somebody asked before, and did not get, is asked again the other way.
        self._facts.renew("reads")

    @property
    def data_api(self) -> DataApi:
        """The Data API with the service role key. Raises MissingCredential."""
        from iahome_fix.systems.open import open_data_api

        return self.fact("data_api", partial(open_data_api, self.settings, timeout=self.timeout))

    @property
    def visitor_api(self) -> DataApi:
        """The Data API with the public key, as every visitor has it. Raises MissingCredential."""
        from iahome_fix.systems.open import open_visitor_api

        return self.fact("visitor_api", partial(open_visitor_api, self.settings, timeout=self.timeout))

    @property
    def stripe(self) -> StripeAccount:
        """The Stripe account of the secret key, for reading. Raises MissingCredential."""
        return self.fact("stripe", self._open_stripe)

    @property
    def site(self) -> Site:
        """The deployed site."""
        from iahome_fix.systems.open import open_site

        return self.fact("site", partial(open_site, self.settings, timeout=self.timeout))

    def status(self, check_id: str) -> Status | None:
        """What another check said; None when it has not run (name it in `needs` to have it run first)."""
        result = self.results.get(check_id)
        return result.status if result else None

    def failed(self, *check_ids: str) -> tuple[str, ...]:
        """Those of the checks that fail."""
        return tuple(i for i in check_ids if self.status(i) is Status.FAIL)

    def fix(self, *words: str, undoable: bool = False) -> Fix:
        """The next command, with the same env files as this run."""
        return Fix(self.settings.command(*words), undoable)

    def close(self) -> None:
        """End all sessions that were opened."""
        systems = [
            self.known(name)
            for name in ("database", _SECOND, _GUIDES_ROWS, ROWS, "data_api", "visitor_api", "stripe", "site")
        ]
        for system in (*self._retired, *systems):
            if system is not None:
                system.close()

    def _first_way(self) -> Database:
        """The database URL; where it gives no session, the Management API, if there is a token."""
        from iahome_fix.systems.fallback import Closed, FirstThatAnswers, as_closed
        from iahome_fix.systems.open import open_management_database

        second = partial(
            self.fact, _SECOND, partial(open_management_database, self.settings, timeout=self.timeout)
        )
        has_second = self.settings.database_url and self.settings.access_token and self.settings.project_ref
        try:
            found = self.fact("database", self._open_database)
        except UsageError as error:
            closed = as_closed(error)
            if closed is None or not has_second:
                raise
            found = cast("Database", Closed(closed))
        if not has_second:
            return found
        return cast("Database", self.fact(_WAY, lambda: FirstThatAnswers(found, second)))

    def _open_database(self) -> Database:
        from iahome_fix.systems.open import open_database

        return open_database(self.settings, timeout=self.timeout, ahead=self._only_reads)

    def _open_stripe(self) -> StripeAccount:
        from iahome_fix.systems.open import open_stripe
        from iahome_fix.systems.stripe_account import StripeAccount

        return open_stripe(StripeAccount, self.settings, lambda: self.profile.checkout, timeout=self.timeout)

    @property
    def guides_rows(self) -> Database:
        """The rows by the guide's profile, for who asks whether it is that one; without SQL."""
        return cast("Database", ReadOnly(self.fact(_GUIDES_ROWS, self._open_guides_copy)))

    def _open_guides_copy(self) -> RowsCopy:
        from iahome_fix.profile import MODULE_ACCESS
        from iahome_fix.systems.api_copy import RowsCopy

        return RowsCopy(self.data_api, MODULE_ACCESS, timeout=self.timeout)

    def _open_copy(self) -> RowsCopy:
        from iahome_fix.profile import MODULE_ACCESS
        from iahome_fix.systems.api_copy import RowsCopy

        read: RowsCopy | None = self.known(_GUIDES_ROWS)
        if read is not None and self.profile == MODULE_ACCESS and not self._facts.renewals(ROWS):
            return read
        return RowsCopy(self.data_api, self.profile, timeout=self.timeout)
