"""Fixtures over real parts: one embedded PostgreSQL per test worker, fresh databases, the real Data API.

With IAHOME_TEST_DSN (a superuser's DSN of a throw-away PostgreSQL server, 15 or newer) every test that needs
a database has it on that server; only the tests of the embedded server itself still start one. With
IAHOME_REQUIRE_POSTGREST=1 a PostgREST that cannot be had is a failure, not a skip.
"""

from __future__ import annotations

import gc
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import psycopg
import pytest
from platformdirs import user_cache_path

from iahome_fix.sandbox.databases import Content, DatabaseFactory, MakeDatabase
from iahome_fix.sandbox.gateway import Gateway
from iahome_fix.sandbox.keys import project_ref
from iahome_fix.sandbox.management import ManagementServer
from iahome_fix.sandbox.postgrest import PostgrestProcess, PostgrestUnavailable, find_or_fetch
from iahome_fix.sandbox.site import Site
from iahome_fix.systems.embedded.dsn import dsn_with
from iahome_fix.systems.embedded.guard import guard
from iahome_fix.systems.embedded.postgres import SUPERUSER, EmbeddedPostgres
from iahome_fix.systems.management import ManagementDatabase
from iahome_fix.systems.management_http import ManagementApi
from iahome_fix.systems.postgres import PostgresDatabase
from tests import places, sessions
from tests.checks.app_support import App, migrated, running

if TYPE_CHECKING:
    from iahome_fix.sandbox.supabase import Regime
    from iahome_fix.systems.database import Database

# A slow machine is no fault of what is tested, and a run says the same as the one before it, unless
# IAHOME_TEST_RANDOM is set: then every run has examples of its own.
hypothesis.settings.register_profile(
    "patient",
    deadline=None,
    derandomize=not os.environ.get("IAHOME_TEST_RANDOM"),
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("patient")

# Short-lived folders, in which some commands have a server of their own, are in memory where it has the room.
os.environ.setdefault("TMPDIR", places.short() or tempfile.gettempdir())
tempfile.tempdir = None

# Hundreds of processes import the same: it is compiled once, also where no bytecode lies beside the source.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
    os.environ.setdefault("PYTHONPYCACHEPREFIX", str(user_cache_path("iahome-fix") / "bytecode"))

# The tests read English, whatever the machine speaks.
os.environ["LANGUAGE"] = "en"


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Cycles are not looked for among what is collected, which stays: that took a quarter of the time."""
    gc.disable()
    result = yield
    gc.freeze()
    gc.enable()
    return result


ServeApi = Callable[[str], Gateway]
OpenSite = Callable[..., Site]
MakeMigrated = Callable[[], str]
ServeManagement = Callable[..., ManagementServer]
OpenChannel = Callable[..., "Database"]


@pytest.fixture(scope="session")
def short_folder() -> Iterator[Path]:
    """A temporary folder with a short path (sockets), removed even if the worker is killed."""
    folder = Path(tempfile.mkdtemp(prefix="iahf-", dir=places.short()))
    folder.chmod(0o711)  # under root, PostgreSQL runs as another user, who has to pass through
    guard().watch_folder(folder)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
    guard().forget_folder(folder)


@pytest.fixture(scope="session")
def cluster(short_folder: Path) -> Iterator[EmbeddedPostgres]:
    """The embedded PostgreSQL server of this test worker."""
    # Hundreds of databases live for seconds: nothing in them is worth the visits of a cleaner.
    with EmbeddedPostgres(short_folder / "cluster", settings={"autovacuum": "off"}) as server:
        yield server


@pytest.fixture(scope="session")
def other_server() -> str | None:
    """The superuser's DSN of the server to test on instead of an embedded one, None without one."""
    named = os.environ.get("IAHOME_TEST_DSN")
    if not named:
        return None
    with psycopg.connect(named) as connection:
        found = connection.execute("select rolsuper from pg_roles where rolname = 'postgres'").fetchone()
    if found and found[0]:
        pytest.fail(
            "IAHOME_TEST_DSN: the role postgres is a superuser there, which it is not on Supabase;"
            " make the server with another superuser (initdb -U supabase_admin)"
        )
    return named


class _Databases(DatabaseFactory):
    """One that knows of the sessions that the tests keep (tests/sessions.py)."""

    def copy(self, name: str, fill: Callable[[str], None], regime: Regime = "since") -> str:
        def filled(dsn: str) -> None:
            fill(dsn)
            sessions.forget(dsn)  # nothing is copied that somebody is connected to

        return super().copy(name, filled, regime)

    def drop(self, dsn: str) -> None:
        sessions.forget(dsn)
        super().drop(dsn)


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest, other_server: str | None) -> Iterator[DatabaseFactory]:
    """Makes databases on the server that IAHOME_TEST_DSN names, else on the embedded one of this worker."""
    if other_server is None:
        cluster: EmbeddedPostgres = request.getfixturevalue("cluster")
        yield _Databases(cluster.dsn(user=SUPERUSER), cluster.databases)
        sessions.close()
        return
    factory = _Databases(other_server)
    yield factory
    sessions.close()
    factory.close()


@pytest.fixture
def make_database(databases: DatabaseFactory) -> Iterator[MakeDatabase]:
    """Makes fresh databases, dropped after the test; URLs are as `postgres`."""
    made: list[str] = []

    def make(regime: Regime = "since", template: Content = "iahome") -> str:
        made.append(databases.create(regime, template))
        return made[-1]

    yield make
    for dsn in made:
        databases.drop(dsn)


@pytest.fixture
def make_migrated(databases: DatabaseFactory) -> Iterator[MakeMigrated]:
    """Makes databases with module_access and modules (`migrated`), dropped after the test."""
    made: list[str] = []

    def make() -> str:
        made.append(databases.copy("migrated", migrated))
        return made[-1]

    yield make
    for dsn in made:
        databases.drop(dsn)


@pytest.fixture(scope="session")
def postgrest_binary() -> Path:
    """The real PostgREST, fetched once per machine."""
    try:
        return find_or_fetch(timeout=120)
    except PostgrestUnavailable as unavailable:
        if os.environ.get("IAHOME_REQUIRE_POSTGREST") == "1":
            pytest.fail(unavailable.reason)
        pytest.skip(unavailable.reason)


@pytest.fixture
def serve_api(postgrest_binary: Path) -> Iterator[ServeApi]:
    """Puts the Data API (real PostgREST behind the gateway) in front of a database, until the test ends."""
    with ExitStack() as running:

        def serve(dsn: str) -> Gateway:
            login = dsn_with(dsn, user="authenticator")
            postgrest = running.enter_context(PostgrestProcess(postgrest_binary, login))
            return running.enter_context(
                Gateway(
                    dsn=login,
                    postgrest_url=postgrest.url,
                    jwt_secret=postgrest.jwt_secret,
                    ref=project_ref(),
                )
            )

        yield serve


@pytest.fixture
def open_site() -> Iterator[OpenSite]:
    """Opens the app's stand-in on a database, with a random webhook secret if none is given, for the test."""
    with ExitStack() as running:

        def start(dsn: str, **more: Any) -> Site:
            more.setdefault("webhook_secret", "whsec_" + secrets.token_hex(16))
            return running.enter_context(Site(dsn=dsn, **more))

        yield start


@pytest.fixture
def serve_management() -> Iterator[ServeManagement]:
    """Puts the Management API's stand-in in front of a database (and a gateway), until the test ends."""
    with ExitStack() as running:

        def serve(dsn: str, gateway: Gateway | None = None) -> ManagementServer:
            ref = gateway.ref if gateway else project_ref()
            return running.enter_context(ManagementServer(dsn=dsn, ref=ref, gateway=gateway))

        yield serve


@pytest.fixture(params=["session", "management"])
def any_channel(request: pytest.FixtureRequest, serve_management: ServeManagement) -> Iterator[OpenChannel]:
    """Opens a database the way each channel does: a session, or the Management API. Tests run over both."""
    with ExitStack() as opened:

        def start(dsn: str, timeout: float = 10) -> Database:
            if request.param == "session":
                database: Database = PostgresDatabase(dsn, label="test", timeout=timeout)
            else:
                server = serve_management(dsn)
                api = ManagementApi(server.url, server.token, server.ref, timeout=timeout)
                database = ManagementDatabase(api, timeout=timeout)
            opened.callback(database.close)
            return database

        yield start


@pytest.fixture(scope="module")
def shared(databases: DatabaseFactory) -> Iterator[str]:
    """A migrated database for the tests that leave its tables as they are."""
    dsn = databases.copy("migrated", migrated)
    yield dsn
    databases.drop(dsn)


@pytest.fixture
def app(tmp_path: Path, shared: str) -> Iterator[App]:
    """Three customers; nobody bought anything yet."""
    with running(tmp_path, shared) as app:
        app.empty()
        app.customers()
        yield app


@pytest.fixture
def own(tmp_path: Path, make_migrated: MakeMigrated) -> Iterator[App]:
    """The same in a database of its own, whose tables the test may change."""
    with running(tmp_path, make_migrated()) as app:
        app.customers()
        yield app
