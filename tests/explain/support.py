"""One customer's story on a running app: the real parts, without a process for each question."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from iahome_fix.explain.document import body_of
from iahome_fix.explain.story import CustomersContext
from iahome_fix.explain.told import told
from iahome_fix.facts.context import Rehearsing
from iahome_fix.sandbox import keys
from iahome_fix.sandbox.loopback_client import loopback_client
from iahome_fix.settings import load_settings
from tests.checks.app_support import EVERYBODY, App, secret

ALICE, BOB, CAROL = EVERYBODY
CAROLS = EVERYBODY[CAROL]


@dataclass(frozen=True)
class Told:
    """The JSON body, and the one word over it."""

    answer: str
    body: dict[str, Any]

    def module(self, module_id: object) -> dict[str, Any]:
        """What is said of one module; None for a payment that names none."""
        wanted = None if module_id is None else str(module_id)
        return next(one for one in self.body["modules"] if one["module_id"] == wanted)

    def says(self, module_id: object) -> tuple[str, str | None]:
        """Its state, and the check because of which."""
        one = self.module(module_id)
        return one["state"], one["because"]

    @property
    def near(self) -> list[str]:
        """The kinds of the near misses."""
        return [miss["kind"] for miss in self.body["customer"]["near_misses"]]

    @property
    def untold(self) -> list[str]:
        """What could not be looked at."""
        return [one["what"] for one in self.body["not_looked_at"]]


def project() -> dict[str, str]:
    """Variables of a project that says it has no Data API: the chain is then whole without one."""
    ref, signing = keys.project_ref(), secret("signing")
    return {
        "NEXT_PUBLIC_SUPABASE_URL": f"https://{ref}.supabase.co",
        "NEXT_PUBLIC_SUPABASE_ANON_KEY": keys.legacy_key("anon", ref, signing),
        "SUPABASE_SERVICE_ROLE_KEY": keys.legacy_key("service_role", ref, signing),
        "IAHOME_FIX_NO_DATA_API": "none in this test",
    }


def explain(
    app: App,
    email: str = CAROL,
    *,
    module: str | None = None,
    days: float = 90,
    emails: bool = False,
    rehearsing: Rehearsing | None = None,
) -> Told:
    """What the command would say; `days`: how far back the sessions of everybody are searched."""
    app.variables = {**project(), **app.variables}
    settings = load_settings(folder=app.folder, environ=app.environ())
    with closing(CustomersContext(settings, timeout=5, rehearsing=rehearsing)) as ctx:
        since = datetime.now(UTC) - timedelta(days=days)
        found = told(ctx, email, asked=module, since=since, emails=emails)
        return Told(found.answer.value, body_of(found.story, found.judged, found.shown))


def page(app: App, email: str = CAROL) -> dict[str, Any]:
    """What the app itself shows at /encours to this login."""

    with loopback_client(timeout=15) as client:
        found: dict[str, Any] = client.get(f"{app.site.url}/encours", params={"email": email}).json()
    return {"modules": [str(module) for module in found["modules"]], "error": found["error"]}


def token(
    app: App, module: int | None, ends: str | None, *, owner: str | None = CAROLS, active: bool = True
) -> str:
    """A token; `ends` is an interval from now, None for no end. Returns its id."""
    rows = app.sql(
        "insert into public.access_tokens (name, module_id, module_name, created_by, is_active, expires_at)"
        " values ('t', %s, 'm', %s, %s, timezone('utc', now()) + %s::interval) returning id::text",
        module,
        owner,
        active,
        ends,
    )
    return str(rows[0][0])
