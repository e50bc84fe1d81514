"""A whole, healthy IAHome to break: three customers, four modules, payments that were served.

Real PostgreSQL, real PostgREST behind the gateway, the stand-ins of Stripe and of the site, and an env file
with which the commands are run as an operator runs them.
"""

from __future__ import annotations

import json
import time
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psycopg

from iahome_fix.checks.chain import CHAIN
from iahome_fix.checks.runner import run_checks
from iahome_fix.checks.source.link import every_check
from iahome_fix.facts.context import Context
from iahome_fix.output.document import report_body
from iahome_fix.repairs.migrate import migrate
from iahome_fix.sandbox.gateway import Gateway
from iahome_fix.sandbox.keys import project_ref
from iahome_fix.sandbox.loopback_client import loopback_client
from iahome_fix.sandbox.postgrest import PostgrestProcess
from iahome_fix.sandbox.site import Site
from iahome_fix.sandbox.stripe import StripeStandIn, StripeState
from iahome_fix.settings import load_settings
from iahome_fix.source.app import keep
from iahome_fix.source.files import read_checkout
from iahome_fix.systems.embedded.dsn import dsn_with
from iahome_fix.systems.postgres import PostgresDatabase
from tests.commands import call
from tests.sessions import execute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iahome_fix.sandbox.stripe import Checkout, Endpoint

COMPLETED: Final = "checkout.session.completed"
PATH: Final = "/api/webhooks/stripe"
ALICE: Final = "aaaaaaaa-0000-4000-8000-000000000001"
BOB: Final = "bbbbbbbb-0000-4000-8000-000000000002"
CAROL: Final = "cccccccc-0000-4000-8000-000000000003"
LOGINS: Final = {"alice": ALICE, "bob": BOB, "carol": CAROL}

ROWS: Final = f"""
insert into public.modules (id, title, category, price, url) values
  (3, 'Metube', 'WEB TOOLS', 0, 'https://metube.example.test'),
  (6, 'Cogstudio', 'IA PHOTO', 9.90, 'https://cogstudio.example.test'),
  (13, 'ruinedfooocus', 'IA PHOTO', 9.90, 'https://ruinedfooocus.example.test'),
  (15, 'Stable diffusion', 'IA VIDEO', 9.90, 'https://stablediffusion.example.test');
select setval('public.modules_id_seq', 19);
insert into auth.users (id, aud, role, email, email_confirmed_at, created_at)
select l.id::uuid, 'authenticated', 'authenticated', l.email, now(), now() - interval '50 days'
  from (values ('{ALICE}', 'alice@example.test'), ('{BOB}', 'bob@example.test'),
               ('{CAROL}', 'carol@example.test')) as l (id, email);
insert into public.module_access (user_id, module_id, expires_at, created_at, metadata) values
  ('{ALICE}', 15, now() + interval '70 hours', now() - interval '2 hours',
   '{{"session_id": "cs_live_alice"}}'),
  ('{BOB}', 6, now() + interval '71 hours', now() - interval '1 hour', '{{"session_id": "cs_live_bob"}}'),
  ('{BOB}', 13, now() + interval '71 hours', now() - interval '1 hour', '{{"session_id": "cs_live_bob"}}');
insert into public.payments (session_id, customer_email, amount, currency, status, module_id, created_at)
values
  ('cs_live_alice', 'alice@example.test', 990, 'eur', 'succeeded', '15', now() - interval '2 hours'),
  ('cs_live_bob', 'bob@example.test', 1980, 'eur', 'succeeded', '6', now() - interval '1 hour');
insert into public.access_tokens (id, name, module_id, module_name, created_by, expires_at) values
  ('token_bob_1', 'Accès Bob', 6, 'Cogstudio', '{BOB}', now() + interval '71 hours');
"""


COLUMNS: Final = """
select c.relname, array_agg(a.attname::text order by a.attname::text collate "C")
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
 where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
 group by c.relname
"""
"""The tables of the schema and their columns."""


def fill(dsn: str) -> None:
    """Give a database of content `iahome` the target shape and the rows of a healthy day."""
    with closing(PostgresDatabase(dsn, label="world", timeout=30)) as database:
        migrate.apply(database, migrate.plan(database))
    with psycopg.connect(dsn) as connection:
        connection.execute("set local timezone to 'UTC'")
        connection.execute(ROWS.encode())


def reconfigured(world: World, change: str) -> None:
    """Change a setting of the Data API's role in this database, and wait until the Data API has read it."""
    (database,) = world.sql("select current_database()")[0]
    before = _first_words(world)
    world.sql_as_superuser(f"alter role authenticator in database {database} {change}")
    world.sql("notify pgrst, 'reload config'")
    deadline = time.monotonic() + 10
    while _first_words(world) == before:
        assert time.monotonic() < deadline, "the Data API did not read its settings again"
        time.sleep(0.05)


def _first_words(world: World) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {world.gateway.service_key}"}
    with loopback_client(base_url=world.postgrest_url, headers=headers) as client:
        answer = client.get("/modules?select=id&limit=1")
    return answer.status_code, answer.text


def ago(**parts: float) -> datetime:
    """A moment in the past (UTC)."""
    return datetime.now(UTC) - timedelta(**parts)


@dataclass(frozen=True)
class Ran:
    """One command: its exit code and its JSON document."""

    code: int | None
    document: dict[str, Any]

    @property
    def causes(self) -> list[str]:
        return list(self.document["causes"])

    def check(self, check_id: str) -> dict[str, Any]:
        return next(entry for entry in self.document["checks"] if entry["id"] == check_id)

    def with_status(self, status: str) -> list[str]:
        return [entry["id"] for entry in self.document["checks"] if entry["status"] == status]

    def shown(self) -> str:
        """What a failed assertion prints: everything but what is fine."""
        return "\n".join(
            f"{entry['status']:8} {entry['id']:30} {entry['detail']} {entry['because_of'] or ''}"
            for entry in self.document["checks"]
            if entry["status"] != "ok"
        )


@dataclass
class World:
    """The running parts.

    `variables` is what stands in the env file; None leaves a name out. `source` is what the operator has of
    the app's source, by path; without any, doctor looks from outside. `tells_the_api` is whether the Data API
    hears of changes to the schema.
    """

    dsn: str
    superuser_dsn: str
    gateway: Gateway
    postgrest_url: str
    stripe: StripeState
    endpoint: Endpoint
    site: Site
    folder: Path
    variables: dict[str, str | None] = field(default_factory=dict)
    source: dict[str, str] = field(default_factory=dict)
    tells_the_api: bool = True
    _served: dict[str, list[str]] | None = None

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run SQL as the owner of the app's tables."""
        return execute(self.dsn, statement, values=values, utc=True)

    def sql_as_superuser(self, statement: str) -> None:
        """Run what Supabase lets only its own administrator do."""
        execute(self.superuser_dsn, statement, utc=True)

    def paid(self, who: str, *modules: object, when: datetime, **session: Any) -> dict[str, Any]:
        """The arguments of a checkout as the app makes it, paid by `who` at `when`."""
        email = session.pop("email", f"{who}@example.test")
        metadata = {
            "customer_email": email,
            "items_count": str(len(modules)),
            "total_amount": f"{9.9 * len(modules):.2f}",
            "type": "payment",
            "items_ids": ",".join(map(str, modules)),
        }
        return {
            "id": f"cs_live_{who}",
            "created": when,
            "amount_total": 990 * len(modules),
            "customer_email": email,
            "customer_details": {"email": email, "name": f"{who.title()} Noël"},
            "metadata": metadata,
            **session,
        }

    def buys(self, who: str, *modules: object, when: datetime | None = None, **session: Any) -> Checkout:
        """`who` pays (ten minutes ago by default), and Stripe sends the event to whoever subscribes."""
        bought = self.stripe.complete_checkout(
            **self.paid(who, *modules, when=when or ago(minutes=10), **session)
        )
        bought.event["created"] = bought.session["created"]
        return bought

    def resend(self, who: str = "carol") -> None:
        """Send the event of a payment again to this site's endpoints, as an operator can in Stripe."""
        for event in list(self.stripe.events.values()):
            if event["data"]["object"]["id"] == f"cs_live_{who}":
                for endpoint in [
                    e for e in self.stripe.endpoints.values() if e.url.startswith(self.site.url)
                ]:
                    self.stripe.deliver(event["id"], endpoint.id)

    def page(self, who: str) -> list[str] | str:
        """What `/encours` lists for a login: ids of modules, or the page's error."""
        # Hundreds of times, so without the client's certificates, which take longer than all else.
        connection = HTTPConnection(self.site.url.removeprefix("http://"), timeout=15)
        with closing(connection):
            connection.request("GET", f"/encours?email={who}@example.test")
            answer = json.load(connection.getresponse())
        return str(answer["error"]) if answer["error"] else [str(module) for module in answer["modules"]]

    def env_file(self) -> Path:
        """The env file as it is now."""
        path = self.folder / "iahome.env"
        lines = [f"{name}={_quoted(value)}" for name, value in self.variables.items() if value is not None]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def command(self, *words: str) -> Ran:
        """Run `iahome-fix` with these words, the env file and --json."""
        self._api_knows()
        done = call(self.folder, *words, "--json", "--env-file", str(self.env_file()))
        return Ran(done.code, done.document)

    def checkout(self) -> Path | None:
        """The source as it is now, in a folder; None without any."""
        for path, text in self.source.items():
            target = self.folder / "checkout" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        return self.folder / "checkout" if self.source else None

    def doctor(self) -> Ran:
        """The whole chain, looked at by the command; with the app's source, if there is any."""
        folder = self.checkout()
        return self.command("doctor", *(("--app", str(folder)) if folder else ()))

    def look(self) -> Ran:
        """The same in this process, which is faster; there is no exit code."""
        self._api_knows()
        settings = load_settings([self.env_file()], environ={})
        folder = self.checkout()
        with closing(Context(settings, timeout=10)) as ctx:
            if folder:
                keep(ctx, read_checkout(folder))
            report = run_checks(every_check() if folder else CHAIN, ctx)
        return Ran(None, {"verdict": report.verdict.value, **report_body(report)})

    def _api_knows(self) -> None:
        """Wait until PostgREST has read the columns as they are, which it does a moment after each change."""
        if not self.tells_the_api:
            return
        deadline = time.monotonic() + 10
        there = dict(self.sql(COLUMNS))
        if there == self._served:
            return  # to describe all that it serves costs PostgREST more than this question
        while self._behind(there):
            assert time.monotonic() < deadline, "the Data API was not told"
            time.sleep(0.02)
            there = dict(self.sql(COLUMNS))
        self._served = there

    def _behind(self, there: dict[str, list[str]]) -> bool:
        headers = {"Authorization": f"Bearer {self.gateway.service_key}"}
        with loopback_client(base_url=self.postgrest_url, headers=headers) as client:
            described = client.get("/").json().get("definitions")
        if described is None:
            return False  # it refuses every request
        served = {name: sorted(entry.get("properties", ())) for name, entry in described.items()}
        return any(there.get(name) != columns for name, columns in served.items())


@contextmanager
def healthy(
    dsn: str, superuser_dsn: str, postgrest: Path, folder: Path, *, kind: type[World] = World
) -> Iterator[World]:
    """The app over a database that `fill` has filled: everybody who paid was served."""
    state = StripeState()
    with ExitStack() as stack:
        login = dsn_with(dsn, user="authenticator")
        rest = stack.enter_context(PostgrestProcess(postgrest, login))
        gateway = stack.enter_context(
            Gateway(dsn=login, postgrest_url=rest.url, jwt_secret=rest.jwt_secret, ref=project_ref())
        )
        site = stack.enter_context(Site(dsn=dsn, webhook_secret=None))
        server = stack.enter_context(StripeStandIn(state))
        endpoint = state.add_endpoint(url=site.url + PATH, enabled_events=[COMPLETED], created=ago(days=60))
        site.webhook_secret = endpoint.secret
        world = kind(dsn, superuser_dsn, gateway, rest.url, state, endpoint, site, folder)
        world.variables = {
            "NEXT_PUBLIC_SUPABASE_URL": f"https://{gateway.ref}.supabase.co",
            "SUPABASE_API_URL": gateway.url,
            "NEXT_PUBLIC_SUPABASE_ANON_KEY": gateway.anon_key,
            "SUPABASE_SERVICE_ROLE_KEY": gateway.service_key,
            "SUPABASE_DB_URL": dsn,
            "STRIPE_SECRET_KEY": state.add_key(),
            "NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY": state.add_key(kind="publishable"),
            "STRIPE_API_BASE": server.url,
            "STRIPE_WEBHOOK_SECRET": endpoint.secret,
            "NEXT_PUBLIC_APP_URL": site.url,
        }
        for who, modules, when in (("alice", (15,), ago(hours=2)), ("bob", (6, 13), ago(hours=1))):
            session = state.add_session(**world.paid(who, *modules, when=when))
            state.add_event(object_id=session["id"], created=when)
        yield world


def _quoted(value: str) -> str:
    """A value as it has to stand in an env file; line ends go as escapes."""
    if "\n" in value or "\r" in value:
        return '"' + value.replace("\r", "\\r").replace("\n", "\\n") + '"'
    return f"'{value}'"
