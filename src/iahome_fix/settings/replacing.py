"""A secret that leaked: which one it is, where it is replaced, and in which order so that the shop goes on.

Sources: Supabase, "Rotate a leaked or compromised API key", "JWT Signing Keys" and the database settings;
Stripe, "Best practices for managing secret API keys" and "Webhooks" (roll endpoint secrets).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from iahome_fix import dashboards
from iahome_fix.i18n import N_, _, labelled
from iahome_fix.settings import kinds, names
from iahome_fix.settings.model import clean
from iahome_fix.settings.stains import is_placeholder


class Secret(StrEnum):
    """What leaked, in the order of what it opens: the first of several is replaced first."""

    ACCESS_TOKEN = "supabase-access-token"  # noqa: S105 - a word
    DATABASE = "database-password"
    JWT_SECRET = "supabase-jwt-secret"  # noqa: S105 - a word
    SERVICE_ROLE = "supabase-service-role-key"
    SECRET_KEY = "supabase-secret-key"  # noqa: S105 - a word
    STRIPE_KEY = "stripe-key"
    SIGNING = "stripe-signing-secret"


@dataclass(frozen=True)
class Leaked:
    """A secret that others have. `mode`: live or test, for a key of Stripe that says it."""

    secret: Secret
    mode: str | None = None


_BY_LOOK = {
    kinds.Kind.MANAGEMENT: Secret.ACCESS_TOKEN,
    kinds.Kind.DATABASE: Secret.DATABASE,
    kinds.Kind.JWT: Secret.SERVICE_ROLE,
    kinds.Kind.SUPABASE_PRIVATE: Secret.SECRET_KEY,
    kinds.Kind.STRIPE_PRIVATE: Secret.STRIPE_KEY,
    kinds.Kind.STRIPE_SIGNING: Secret.SIGNING,
}
_BY_NAME = {
    names.MANAGEMENT_KEY: Secret.ACCESS_TOKEN,
    names.DATABASE_URL: Secret.DATABASE,
    names.SERVICE_KEY: Secret.SECRET_KEY,
    names.STRIPE_KEY: Secret.STRIPE_KEY,
    names.SIGNING_KEY: Secret.SIGNING,
}
_ENDINGS = {
    "JWT_SECRET": Secret.JWT_SECRET,
    "POSTGRES_PASSWORD": Secret.DATABASE,
    "DATABASE_PASSWORD": Secret.DATABASE,
    "DB_PASSWORD": Secret.DATABASE,
    "PGPASSWORD": Secret.DATABASE,
}
"""Names under which integrations write what no look tells (Vercel's for Supabase, libpq)."""

_TITLES = {
    Secret.ACCESS_TOKEN: N_("the Supabase access token (it reaches every project of its owner)"),
    Secret.DATABASE: N_("the database password"),
    Secret.JWT_SECRET: N_("the JWT secret (it signs logins and keys of any role)"),
    Secret.SERVICE_ROLE: N_("the service role key (it reads and writes every row)"),
    Secret.SECRET_KEY: N_("the Supabase secret key (it reads and writes every row)"),
    Secret.STRIPE_KEY: N_("the Stripe key"),
    Secret.SIGNING: N_("the webhook signing secret (with it anybody can invent a payment)"),
}
_STEPS = {
    Secret.ACCESS_TOKEN: (
        N_("make a new one there"),
        N_("set it as SUPABASE_ACCESS_TOKEN wherever it is used"),
        N_("delete the leaked one there: nothing of the shop depends on it"),
    ),
    Secret.DATABASE: (
        N_("choose a quiet moment: the old password ends at once, there is no overlap"),
        N_("reset it there"),
        N_("set the new address as SUPABASE_DB_URL, and wherever else it stands; restart what uses it"),
    ),
    Secret.JWT_SECRET: (
        N_("make a secret and a publishable key at {keys}, set both, deploy: the legacy keys end with it"),
        N_("migrate to JWT signing keys there, and rotate"),
        N_("when the logins of before have been renewed (an hour), revoke the legacy secret there"),
    ),
    Secret.SERVICE_ROLE: (
        N_("make a secret key (sb_secret_) there, and a publishable one if the site still has the anon JWT"),
        N_("set them as SUPABASE_SERVICE_ROLE_KEY and NEXT_PUBLIC_SUPABASE_ANON_KEY, build, deploy"),
        N_("when doctor says that both keys work, disable the legacy keys there: both end together"),
    ),
    Secret.SECRET_KEY: (
        N_("make another secret key there"),
        N_("set it as SUPABASE_SERVICE_ROLE_KEY and deploy"),
        N_("when doctor says that it works, delete the leaked one there: it cannot be brought back"),
    ),
    Secret.STRIPE_KEY: (
        N_("roll it there; let the old one end in a few hours, or now where Stripe's log shows misuse"),
        N_("set the new one as STRIPE_SECRET_KEY and deploy"),
        N_("when check-stripe says that it works, end the old one there"),
    ),
    Secret.SIGNING: (
        N_("open the endpoint there, roll its secret, and keep the old one for 24 hours"),
        N_("set the new one as STRIPE_WEBHOOK_SECRET and deploy within these hours"),
        N_("doctor sends a signed event and says whether the site has it"),
    ),
}


@dataclass(frozen=True)
class Replacement:
    """How one secret is replaced: its title, the address of the page, and the steps in their order."""

    secret: Secret
    title: str
    place: str
    steps: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """The same for a document."""
        return {"secret": self.secret.value, "place": self.place, "steps": list(self.steps)}


def leaked(name: str, text: str) -> Leaked | None:
    """The secret that a variable holds, by its look or else by its name; None for what may be public."""
    text = clean(text)
    if not text or is_placeholder(text):
        return None
    if kinds.is_secret(text):
        kind = kinds.kind_of(text)
        return Leaked(_BY_LOOK[kind], kinds.stripe_mode(text)) if kind in _BY_LOOK else None
    by_name = next((secret for end, secret in _ENDINGS.items() if name.upper().endswith(end)), None)
    if by_name is None:
        canonical = next((c for c in _BY_NAME if name in (c, *names.ALIASES[c])), None)
        by_name = _BY_NAME[canonical] if canonical else None
    return Leaked(by_name) if by_name else None


def replacements(found: Iterable[Leaked], ref: str | None) -> tuple[Replacement, ...]:
    """How to replace each, once, the most dangerous first. `ref`: the Supabase project, if it is known."""
    order = list(Secret)
    each = sorted(dict.fromkeys(found), key=lambda one: (order.index(one.secret), one.mode or ""))
    return tuple(_replacement(one, ref or "_") for one in each)


def _replacement(one: Leaked, ref: str) -> Replacement:
    # Supabase's dashboard asks for the project where the address has `_` in its place.
    place = {
        Secret.ACCESS_TOKEN: dashboards.access_tokens(),
        Secret.DATABASE: dashboards.project(ref, "database/settings"),
        Secret.JWT_SECRET: dashboards.project(ref, "settings/jwt"),
        Secret.SERVICE_ROLE: dashboards.api_keys(ref),
        Secret.SECRET_KEY: dashboards.api_keys(ref),
        Secret.STRIPE_KEY: dashboards.stripe("apikeys", one.mode),
        Secret.SIGNING: dashboards.stripe("webhooks", one.mode),
    }[one.secret]
    steps = tuple(_(step).format(keys=dashboards.api_keys(ref)) for step in _STEPS[one.secret])
    return Replacement(one.secret, _(_TITLES[one.secret]), place, steps)


def in_order(found: tuple[Replacement, ...], last: str) -> str:
    """The replacements as lines for a person; `last`: how the secret is taken out of where it leaked."""
    lines = [_("who has seen it keeps it until it is replaced, in this order:")]
    for number, one in enumerate(found, 1):
        title = f"{number}. {one.title}" if len(found) > 1 else one.title
        lines.append(labelled(title, one.place))
        lines += [f"{letter}) {step}" for letter, step in zip("abc", one.steps, strict=True)]
    return "\n".join([*lines, last])
