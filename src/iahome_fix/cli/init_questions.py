"""The variables that `init` asks for: what each is for, and on which page it is found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iahome_fix import dashboards
from iahome_fix.i18n import N_, _
from iahome_fix.settings import names

if TYPE_CHECKING:
    from iahome_fix.settings import Settings


@dataclass(frozen=True)
class Question:
    """One variable. `purpose` and `place` are marked for translation; `secret`: never shown while typed.

    `optional`: the tool does what it is asked without it. `instead`: what makes it needless where it is set.
    """

    name: str
    purpose: str
    place: str
    secret: bool = True
    optional: bool = False
    instead: str | None = None

    def page(self, settings: Settings) -> str | None:
        """The address of the page on which the value is found; None where no page has it."""
        ref, mode = settings.project_ref, settings.stripe_mode
        return {
            names.SUPABASE_URL: dashboards.api_keys(ref),
            names.SERVICE_KEY: dashboards.api_keys(ref),
            names.ANON_KEY: dashboards.api_keys(ref),
            names.DATABASE_URL: dashboards.connection(ref),
            names.MANAGEMENT_KEY: dashboards.access_tokens(),
            names.STRIPE_KEY: dashboards.stripe("apikeys", mode),
            names.SIGNING_KEY: dashboards.stripe("webhooks", mode),
        }.get(self.name)

    def as_json(self, settings: Settings) -> dict[str, Any]:
        return {
            "variable": self.name,
            "purpose": _(self.purpose),
            "where": _(self.place),
            "page": self.page(settings),
            "optional": self.optional,
        }


QUESTIONS: Sequence[Question] = (
    Question(
        names.SUPABASE_URL,
        N_("the Supabase project"),
        N_("Project Settings, Data API: the project URL, https://….supabase.co"),
        secret=False,
    ),
    Question(
        names.SERVICE_KEY,
        N_("the Data API, as the app's server uses it"),
        N_("Project Settings, API Keys: a secret key (sb_secret_…), or the legacy service_role key"),
    ),
    Question(
        names.ANON_KEY,
        N_("proving what the public can do"),
        N_("Project Settings, API Keys: the publishable key (sb_publishable_…), or the legacy anon key"),
        optional=True,
    ),
    Question(
        names.DATABASE_URL,
        N_("SQL: schema, permissions, data, and every repair"),
        N_("button Connect, Session pooler: the URI, with the database password in it"),
        instead=names.MANAGEMENT_KEY,
    ),
    Question(
        names.MANAGEMENT_KEY,
        N_("SQL where there is no database URL, and the project's logs"),
        N_("Account, Access Tokens: a new token (sbp_…)"),
        instead=names.DATABASE_URL,
    ),
    Question(
        names.STRIPE_KEY,
        N_("Stripe: the endpoint, the payments"),
        N_("Developers, API keys: the secret key (sk_…) or a restricted one (rk_…)"),
    ),
    Question(
        names.SIGNING_KEY,
        N_("proving that the site takes Stripe's events"),
        N_("Developers, Webhooks, the endpoint of the site: its signing secret (whsec_…)"),
    ),
    Question(
        names.SITE_URL,
        N_("the site; without it https://iahome.fr is taken"),
        N_("the address under which the app is deployed"),
        secret=False,
        optional=True,
    ),
)


def missing(settings: Settings, given: Mapping[str, str] | None = None) -> list[Question]:
    """What is set neither in `settings` nor in `given`, in the order in which it is asked."""
    known = {q.name for q in QUESTIONS if settings.get(q.name) is not None or (given and q.name in given)}
    return [q for q in QUESTIONS if q.name not in known and q.instead not in known]


def needed(settings: Settings) -> list[Question]:
    """Those of them without which something that was asked for is left out; of two ways to SQL the first."""
    found = [q for q in missing(settings) if not q.optional]
    return [q for q in found if q.name != names.MANAGEMENT_KEY]
