"""Fixtures over real parts: one embedded PostgreSQL per test worker, fresh databases, the real Data API.

With IAHOME_TEST_DSN (a superuser's DSN of another PostgreSQL server) the tests that use
`any_server_database` run on that server, too. With IAHOME_REQUIRE_POSTGREST=1 a PostgREST that cannot be had
is a failure, not a skip.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from iahome_fix.sandbox.databases import Content, DatabaseFactory, MakeDatabase
from iahome_fix.sandbox.dsn import dsn_with
from iahome_fix.sandbox.gateway import Gateway
from iahome_fix.sandbox.guard import guard
from iahome_fix.sandbox.keys import project_ref
from iahome_fix.sandbox.management import ManagementServer
from iahome_fix.sandbox.postgres import SUPERUSER, EmbeddedPostgres
from iahome_fix.sandbox.postgrest import PostgrestProcess, PostgrestUnavailable, find_or_fetch
from iahome_fix.sandbox.site import Site
from iahome_fix.systems.management import ManagementDatabase
from iahome_fix.systems.management_http import ManagementApi
from iahome_fix.systems.postgres import PostgresDatabase
from tests.checks.app_support import App, migrated, running

if TYPE_CHECKING:
    from iahome_fix.sandbox.supabase import Regime
    from iahome_fix.systems.database import Database

SERVERS = ["embedded", *(["external"] if os.environ.get("IAHOME_TEST_DSN") else [])]

ServeApi = Callable[[str], Gateway]
OpenSite = Callable[..., Site]
ServeManagement = Callable[..., ManagementServer]
OpenChannel = Callable[[str], "Database"]


@pytest.fixture(scope="session")
def short_folder() -> Iterator[Path]:
    """A temporary folder with a short path (sockets), removed even if the worker is killed."""
    folder = Path(tempfile.mkdtemp(prefix="iahf-", dir=None if sys.platform == "win32" else "/tmp"))  # noqa: S108 - for its shortness
    guard().watch_folder(folder)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
    guard().forget_folder(folder)


@pytest.fixture(scope="session")
def cluster(short_folder: Path) -> Iterator[EmbeddedPostgres]:
    """The embedded PostgreSQL server of this test worker."""
    with EmbeddedPostgres(short_folder / "cluster") as server:
        yield server


@pytest.fixture(scope="session")
def embedded_databases(cluster: EmbeddedPostgres) -> DatabaseFactory:
    """Makes databases on the embedded server; they go with it."""
    return DatabaseFactory(cluster.dsn(user=SUPERUSER))


@pytest.fixture(scope="session")
def external_databases() -> Iterator[DatabaseFactory]:
    """Makes databases on the server that IAHOME_TEST_DSN names."""
    factory = DatabaseFactory(os.environ["IAHOME_TEST_DSN"])
    yield factory
    factory.close()


@pytest.fixture
def make_database(embedded_databases: DatabaseFactory) -> Iterator[MakeDatabase]:
    """Makes fresh databases on the embedded server, dropped after the test; URLs are as `postgres`."""
    with _dropping(embedded_databases) as make:
        yield make


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> DatabaseFactory:
    """Each server that database tests run on."""
    factory = request.getfixturevalue(f"{request.param}_databases")
    assert isinstance(factory, DatabaseFactory)
    return factory


@pytest.fixture
def any_server_database(server: DatabaseFactory) -> Iterator[MakeDatabase]:
    """Like `make_database`, on each server in turn."""
    with _dropping(server) as make:
        yield make


@contextmanager
def _dropping(factory: DatabaseFactory) -> Iterator[MakeDatabase]:
    made: list[str] = []

    def make(regime: Regime = "since", template: Content = "iahome") -> str:
        made.append(factory.create(regime, template))
        return made[-1]

    yield make
    for dsn in made:
        factory.drop(dsn)


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

        def start(dsn: str) -> Database:
            if request.param == "session":
                database: Database = PostgresDatabase(dsn, label="test", timeout=10)
            else:
                server = serve_management(dsn)
                api = ManagementApi(server.url, server.token, server.ref, timeout=10)
                database = ManagementDatabase(api, timeout=10)
            opened.callback(database.close)
            return database

        yield start


@pytest.fixture(scope="module")
def shared(embedded_databases: DatabaseFactory) -> Iterator[str]:
    """A migrated database for the tests that leave its tables as they are."""
    dsn = embedded_databases.create()
    migrated(dsn)
    yield dsn
    embedded_databases.drop(dsn)


@pytest.fixture
def app(tmp_path: Path, shared: str) -> Iterator[App]:
    """Three customers; nobody bought anything yet."""
    with running(tmp_path, shared) as app:
        app.empty()
        app.customers()
        yield app


@pytest.fixture
def own(tmp_path: Path, make_database: MakeDatabase) -> Iterator[App]:
    """The same in a database of its own, whose tables the test may change."""
    dsn = make_database()
    migrated(dsn)
    with running(tmp_path, dsn) as app:
        app.customers()
        yield app
