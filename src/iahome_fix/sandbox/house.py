"""A whole IAHome on this machine: database, Data API, Stripe and site, broken as it was, with an env file.

Everything is on loopback, made of invented data, and stopped when the `with` block ends, whatever happens.
"""

from __future__ import annotations

import secrets
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Self

import psycopg

from iahome_fix import sql
from iahome_fix.errors import Refused
from iahome_fix.i18n import _
from iahome_fix.sandbox import keys, versions
from iahome_fix.sandbox.databases import DatabaseFactory
from iahome_fix.sandbox.gateway import Gateway
from iahome_fix.sandbox.loopback_client import loopback_client
from iahome_fix.sandbox.postgrest import PostgrestProcess, PostgrestUnavailable, find_or_fetch
from iahome_fix.sandbox.site import Site
from iahome_fix.sandbox.site_database import GUIDE, MONTH
from iahome_fix.sandbox.stripe import StripeStandIn, StripeState
from iahome_fix.sandbox.world import SESSIONS, WITHOUT_TOKEN, WorldSession
from iahome_fix.systems.embedded.dsn import dsn_with
from iahome_fix.systems.embedded.postgres import SUPERUSER, EmbeddedPostgres

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from iahome_fix.sandbox.stripe import Checkout
    from iahome_fix.sandbox.supabase import Regime

DATABASE: Final = "iahome"
ENV_FILE: Final = "sandbox.env"
_OLD_PATH: Final = "/api/stripe-webhook"
_GUIDES_PATH: Final = "/api/webhooks/stripe"
_OLD_EVENT: Final = "payment_intent.succeeded"


class House:
    """One IAHome in `folder`, with an embedded PostgreSQL or on another server; a context manager.

    The data of sql/sandbox/awkward.sql are in it, module_access is not, and Stripe sends the wrong event to
    an address that the site does not have. A folder that was used before keeps its embedded database; the
    side of Stripe, which lives in memory, begins anew.

    Attributes:
        env_file: what the commands read with --env-file.
        no_data_api: why there is no Data API; None when the real PostgREST runs.

    Raises (from entering) Refused and CouldNotTell as EmbeddedPostgres does; psycopg.Error on another server.
    """

    def __init__(
        self,
        folder: Path,
        *,
        regime: Regime = "since",
        fetch_seconds: float = 60.0,
        server: str | None = None,
        dsn: str | None = None,
        version: str = GUIDE,
    ) -> None:
        """Say what it is to be.

        Args:
            regime: the default privileges of the database.
            fetch_seconds: for fetching PostgREST, once.
            server: a superuser's DSN; the database is made on that server and dropped at the end.
            dsn: a database that somebody else makes (as `postgres`, content `awkward`) and drops.
            version: the version of the app, by the name of its profile.
        """
        self.folder = folder.absolute()
        self.env_file = self.folder / ENV_FILE
        self.no_data_api: str | None = None
        self.stripe = StripeState(account="acct_sandbox")
        self.gateway: Gateway | None = None
        self._regime = regime
        self._fetch_seconds = fetch_seconds
        self._server = server
        self._dsn = dsn
        self.version = version
        self._running = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            self.dsn = self._open_database(starting)
            self._open_data_api(starting)
            self.site = starting.enter_context(Site(dsn=self.dsn, webhook_secret=None))
            self.site.becomes(self.version)
            self._open_account()
            self._stripe_server = starting.enter_context(StripeStandIn(self.stripe))
            self._write_env_file()
            starting.callback(self._remove_env_file)
            self._running = starting.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    def page(self, email: str) -> tuple[list[str], str | None]:
        """What `/encours` lists for this login: the modules' ids, and the page's error if it shows one."""
        with loopback_client(timeout=15) as client:
            answer = client.get(f"{self.site.url}/encours", params={"email": email}).json()
        return [str(module) for module in answer["modules"]], answer["error"]

    @property
    def requests(self) -> list[tuple[str, str]]:
        """What Stripe and the site were asked so far: the name of the system, and the method."""
        asked = [("Stripe", request.method) for request in self._stripe_server.requests]
        return asked + [("site", method) for method, _path in self.site.requests]

    def buy(self, email: str, module: int, amount: int, *, ago: timedelta = timedelta()) -> Checkout:
        """A customer pays (`amount` in cents); the event goes, now, to whoever subscribes to it."""
        sale = WorldSession("cs_test_" + secrets.token_hex(8), ago, email, (module,), amount)
        return self.stripe.complete_checkout(**versions.arguments(sale, datetime.now(UTC), self.version))

    def _open_database(self, starting: ExitStack) -> str:
        if self._dsn is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            return self._dsn
        if self._server is None:
            cluster = starting.enter_context(EmbeddedPostgres(self.folder))
            _require_version(self.folder, self.version)
            return _database(cluster, self._regime, self.version)
        self.folder.mkdir(parents=True, exist_ok=True)
        factory = DatabaseFactory(self._server)
        starting.callback(factory.close)
        made = factory.create(self._regime, "awkward")
        versions.prepare(made, self.version)
        return made

    def _open_data_api(self, starting: ExitStack) -> None:
        login = dsn_with(self.dsn, user="authenticator")
        try:
            binary = find_or_fetch(timeout=self._fetch_seconds)
            postgrest = starting.enter_context(PostgrestProcess(binary, login))
        except PostgrestUnavailable as unavailable:
            self.no_data_api = " ".join(unavailable.reason.split())
            return
        self.gateway = starting.enter_context(
            Gateway(
                dsn=login,
                postgrest_url=postgrest.url,
                jwt_secret=postgrest.jwt_secret,
                ref=self._ref(),
            )
        )

    def _ref(self) -> str:
        """The project's name, the same for as long as the folder is: `undo` goes by it."""
        file = self.folder / "project-ref"
        if not file.exists():
            file.write_text(keys.project_ref(), encoding="utf-8")
        return file.read_text(encoding="utf-8").strip()

    def _open_account(self) -> None:
        now = datetime.now(UTC)
        self._key = self.stripe.add_key(mode="test")
        endpoint = self.stripe.add_endpoint(
            url=self.site.url + (_OLD_PATH if self.version != MONTH else _GUIDES_PATH),
            enabled_events=[_OLD_EVENT],
            livemode=False,
            created=now - timedelta(days=60),
            description="IAHome",
        )
        self.site.webhook_secret = endpoint.secret
        for session in (*SESSIONS, WITHOUT_TOKEN):
            made = self.stripe.add_session(**versions.arguments(session, now, self.version))
            if made["status"] == "complete":
                # Nobody subscribed to it, so nothing is pending: the green tick that proves nothing.
                self.stripe.add_event(object_id=made["id"], created=now - session.ago)

    def _write_env_file(self) -> None:
        ref = self._ref()
        signing = secrets.token_urlsafe(32)
        values: dict[str, str] = {
            "NEXT_PUBLIC_SUPABASE_URL": f"https://{ref}.supabase.co",
            "NEXT_PUBLIC_SUPABASE_ANON_KEY": self.gateway.anon_key
            if self.gateway
            else keys.legacy_key("anon", ref, signing),
            "SUPABASE_SERVICE_ROLE_KEY": self.gateway.service_key
            if self.gateway
            else keys.legacy_key("service_role", ref, signing),
            "SUPABASE_DB_URL": self.dsn,
            "STRIPE_SECRET_KEY": self._key,
            "STRIPE_WEBHOOK_SECRET": self.site.webhook_secret or "",
            "STRIPE_API_BASE": self._stripe_server.url,
            "NEXT_PUBLIC_APP_URL": self.site.url,
        }
        if self.gateway:
            values["SUPABASE_API_URL"] = self.gateway.url
        if self.no_data_api:
            values["IAHOME_FIX_NO_DATA_API"] = self.no_data_api.replace("'", "’").replace("$", "")
        lines = [_("# Made by `iahome-fix sandbox`; everything in it is invented and local.")]
        lines += [f"{name}='{value}'" for name, value in values.items()]
        fresh = self.env_file.with_suffix(".new")
        with suppress(FileNotFoundError):
            fresh.unlink()
        fresh.touch(mode=0o600, exist_ok=False)
        fresh.write_text("\n".join(lines) + "\n", encoding="utf-8")
        fresh.replace(self.env_file)

    def _remove_env_file(self) -> None:
        """Its addresses and keys are good for this run only."""
        with suppress(OSError):
            self.env_file.unlink()


def _require_version(folder: Path, version: str) -> None:
    """Note of which version the folder's IAHome is. Raises Refused where it is one of another."""
    file = folder / "version"
    there = file.read_text(encoding="utf-8").strip() if file.exists() else None
    if there is None and (folder / "project-ref").exists():
        there = GUIDE
    if there not in (None, version):
        raise Refused(
            "other-version",
            _("the IAHome in this folder is of the version {name}").format(name=there),
            _("name another folder, or add --profile {name}").format(name=there),
        )
    file.write_text(version, encoding="utf-8")


def _database(cluster: EmbeddedPostgres, regime: Regime, version: str) -> str:
    superuser = cluster.dsn(user=SUPERUSER)
    there = dsn_with(superuser, database=DATABASE)
    try:
        with psycopg.connect(there) as connection:
            ready = connection.execute(sql.load("sandbox/is_iahome").encode()).fetchone()
        if ready and ready[0]:
            return dsn_with(there, user="postgres")
        cluster.databases.drop(DATABASE)  # half built: somebody stopped it in the middle
    except psycopg.OperationalError:
        pass
    made = DatabaseFactory(superuser, cluster.databases).build(DATABASE, regime, "awkward")
    versions.prepare(made, version)
    return made
