"""A running IAHome for the tests of checks: site, Stripe and, where asked for, a database."""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg.types.json import Jsonb

from iahome_fix.checks.payments import link as payments
from iahome_fix.checks.runner import run_checks
from iahome_fix.checks.site import link as site
from iahome_fix.checks.stripe import link as stripe
from iahome_fix.facts.context import Context
from iahome_fix.repairs.migrate import migrate
from iahome_fix.sandbox.site import Site
from iahome_fix.sandbox.stripe import StripeStandIn, StripeState
from iahome_fix.settings import load_settings
from iahome_fix.systems.postgres import PostgresDatabase
from iahome_fix.systems.stripe_ids import random_text
from tests.sessions import execute

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from iahome_fix.domain.terms import Terms
    from iahome_fix.facts.context import Rehearsing
    from iahome_fix.model import Check, Report, Result
    from iahome_fix.sandbox.stripe.endpoints import Endpoint

COMPLETED: Final = "checkout.session.completed"
PATH: Final = "/api/webhooks/stripe"
CHECKS: Final = (*stripe.CHECKS, *site.CHECKS, *payments.CHECKS)
EVERYBODY: Final = {
    "alice@example.test": "aaaaaaaa-0000-4000-8000-000000000001",
    "bob@example.test": "bbbbbbbb-0000-4000-8000-000000000002",
    "carol@example.test": "cccccccc-0000-4000-8000-000000000003",
}


def ago(**parts: float) -> datetime:
    """A moment in the past (UTC)."""
    return datetime.now(UTC) - timedelta(**parts)


def aged(session: dict[str, Any]) -> dict[str, Any]:
    """A session's arguments with its `age` turned into the moment it was opened, at the time of this call."""
    rest = {name: value for name, value in session.items() if name != "age"}
    return rest | ({"created": datetime.now(UTC) - session["age"]} if "age" in session else {})


@dataclass
class App:
    """The running parts. Change them, then `run` the checks."""

    site: Site
    stripe: StripeState
    server: StripeStandIn
    key: str
    endpoint: Endpoint
    folder: Path
    dsn: str | None = None
    variables: dict[str, str] = field(default_factory=dict)

    def environ(self) -> dict[str, str]:
        found = {
            "NEXT_PUBLIC_APP_URL": self.site.url,
            "STRIPE_SECRET_KEY": self.key,
            "STRIPE_WEBHOOK_SECRET": self.endpoint.secret,
            "STRIPE_API_BASE": self.server.url,
            **({"SUPABASE_DB_URL": self.dsn} if self.dsn else {}),
            **self.variables,
        }
        return {name: value for name, value in found.items() if value}

    def run(
        self,
        checks: Sequence[Check] = CHECKS,
        *,
        timeout: float = 5,
        terms: Terms | None = None,
        rehearsing: Rehearsing | None = None,
    ) -> Report:
        """What the checks say; a need that is not among them counts as met."""
        settings = load_settings(folder=self.folder, environ=self.environ())
        with closing(Context(settings, timeout=timeout, terms=terms, rehearsing=rehearsing)) as ctx:
            return run_checks(checks, ctx)

    def result(self, check_id: str, *, alone: bool = False, terms: Terms | None = None) -> Result:
        """What one check says: in the run of all, or without the others."""
        checks = [c for c in CHECKS if c.id == check_id] if alone else CHECKS
        return self.run(checks, terms=terms).result(check_id)

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one statement in the database, as its owner."""
        assert self.dsn
        return execute(self.dsn, statement, values=values)

    def empty(self) -> None:
        """No customers and nothing of theirs; the modules stay."""
        self.sql(
            "truncate public.module_access, public.access_tokens, public.payments; delete from auth.users"
        )

    def customers(self, *emails: str) -> None:
        """Logins, whose profiles the app's trigger makes."""
        chosen = list(emails or EVERYBODY)
        ids = [EVERYBODY[email.lower()] for email in chosen]
        self.sql(
            "insert into auth.users (id, email) select * from unnest(%s::uuid[], %s::text[])", ids, chosen
        )

    def buys(self, email: str | None, *modules: int, pay: bool = True, **session: Any) -> str:
        """A checkout as the app makes it, delivered to the endpoint at once; returns the session's id.

        `pay` False leaves the event out; then nothing is delivered.
        """
        metadata = {
            "customer_email": email or "",
            "items_count": str(len(modules)),
            "total_amount": f"{9.9 * len(modules):.2f}",
            "type": "payment",
            "items_ids": ",".join(map(str, modules)),
        }
        wanted: dict[str, Any] = {
            "customer_email": email,
            "amount_total": 990 * len(modules),
            "metadata": metadata,
            "created": ago(minutes=10),
            **session,
        }
        if pay:
            bought = self.stripe.complete_checkout(**wanted)
            bought.event["created"] = bought.session["created"]
            return str(bought.session["id"])
        return str(self.stripe.add_session(**wanted)["id"])

    def grant(
        self, email: str, module: int, session_id: str | None, hours: float | None = 70, **more: Any
    ) -> None:
        """An access row as the handler writes it; `hours` until its end, None for no end."""
        metadata = {"session_id": session_id, **more} if session_id else more
        ends = None if hours is None else (datetime.now(UTC) + timedelta(hours=hours)).replace(tzinfo=None)
        self.sql(
            "insert into public.module_access (user_id, module_id, expires_at, metadata)"
            " values (%s, %s, %s, %s)",
            EVERYBODY[email],
            module,
            ends,
            Jsonb(metadata),
        )


@contextmanager
def running(folder: Path, dsn: str | None = None) -> Iterator[App]:
    """A healthy app: a live endpoint at the right address, the same secret everywhere."""
    state = StripeState()
    with ExitStack() as stack:
        deployed = stack.enter_context(Site(dsn=dsn or "", webhook_secret=None))
        server = stack.enter_context(StripeStandIn(state))
        endpoint = state.add_endpoint(
            url=deployed.url + PATH, enabled_events=[COMPLETED], created=ago(days=100)
        )
        deployed.webhook_secret = endpoint.secret
        yield App(deployed, state, server, state.add_key(), endpoint, folder, dsn)


def migrated(dsn: str) -> None:
    """Give the database its table module_access, and the modules that are sold, unless it has both."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        ready = connection.execute(
            "select to_regclass('public.module_access') is not null"
            " and exists (select from public.modules where title = 'ruinedfooocus')"
        ).fetchone()
    if ready and ready[0]:
        return
    with closing(PostgresDatabase(dsn, label="test", timeout=10)) as database:
        migrate.apply(database, migrate.plan(database))
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "insert into public.modules (id, title, price) values"
            " (3, 'Metube', 0), (6, 'Cogstudio', 9.90), (13, 'ruinedfooocus', 9.90),"
            " (15, 'Stable diffusion', 9.90)"
        )


def secret(prefix: str) -> str:
    """A made-up key or secret."""
    return f"{prefix}_{random_text(24)}"
