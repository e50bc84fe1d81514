"""The states in which a command over the Management API finds a shop: each is made once, and copied."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs.backfill import backfill
from iahome_fix.repairs.journal.run import new_run_id
from iahome_fix.repairs.migrate import migrate
from iahome_fix.sandbox.databases import DatabaseFactory
from iahome_fix.sandbox.keys import project_ref
from iahome_fix.systems.postgres import PostgresDatabase
from tests.checks.app_support import EVERYBODY, running
from tests.cli.channel_support import env_file
from tests.cli.lost_support import Shop, State, Trapped
from tests.repairs.repair_support import ALICE
from tests.repairs.shapes import GUIDE, MODULES
from tests.sessions import execute

REF = project_ref()
"""One project, so that a run on record can be taken back in every copy."""
JOURNAL = ".iahome-fix"
CUSTOMERS = "insert into auth.users (id, email) values " + ", ".join(
    f"('{owner}', '{email}')" for email, owner in EVERYBODY.items()
)
TOKENS = (
    "insert into public.access_tokens (name, module_id, module_name, created_by)"
    " select 't', 6, 'm', 'owner ' || n from generate_series(1, 3) n"
)
DOUBLE = f"insert into public.module_access (user_id, module_id) values ('{ALICE}', 6), ('{ALICE}', 6)"


@contextmanager
def shop_on(dsn: str, folder: Path) -> Iterator[Shop]:
    """Site, Stripe with two payments that nobody got anything for, and the database over one request each."""
    with running(folder, dsn) as app, Trapped(dsn=dsn, ref=REF) as server:
        server.rate_limit = 10_000
        app.buys("bob@example.test", 13, pay=False)
        app.buys("carol@example.test", 13, 15, pay=False)
        stripe = [f"{n}='{v}'" for n, v in app.environ().items() if n != "SUPABASE_DB_URL"]
        env_file(folder, "management", dsn, server, *stripe)
        yield Shop(app, server, folder, dsn)


def fresh(dsn: str) -> None:
    """The guide's table with a double, and three tokens."""
    execute(dsn, MODULES, GUIDE.replace(" on delete cascade", ""), TOKENS, DOUBLE, CUSTOMERS)


def migrated(dsn: str) -> None:
    """The same after `migrate`."""
    fresh(dsn)
    with closing(PostgresDatabase(dsn, label="test", timeout=10)) as database:
        migrate.apply(database, migrate.plan(database), run_id=new_run_id())


def backfilled(dsn: str) -> None:
    """The same after `migrate` and `backfill`."""
    migrated(dsn)
    with closing(PostgresDatabase(dsn, label="test", timeout=10)) as database:
        assert backfill.apply(database, backfill.plan(database, MODULE_ACCESS), new_run_id()) == 3


WORK_FOR: dict[str, Callable[[str], None]] = {
    "migrate": fresh,
    "backfill": migrated,
    "reconcile": backfilled,
    "repair": fresh,
}
"""What has to be there so that a command has all of its work to do."""


class Repaired:
    """What one `repair` left, database and journal; `run_id` is its run, `before` what there was."""

    def __init__(self, databases: DatabaseFactory, folder: Path) -> None:
        self._databases, self._folder = databases, folder
        self.run_id = ""
        self.before: State = ([], [])

    def copy(self, folder: Path) -> str:
        """A database of its own; the run is on record in `folder`."""
        dsn = self._databases.copy("lost repaired", self._fill)
        shutil.copytree(self._folder / JOURNAL, folder / JOURNAL)
        return dsn

    def _fill(self, dsn: str) -> None:
        fresh(dsn)
        with shop_on(dsn, self._folder) as shop:
            self.before = shop.state()
            code, document = shop.run("repair")
            assert code == 0, document["error"]
            self.run_id = document["run_id"]
