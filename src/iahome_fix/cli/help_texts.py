"""What the help of each command says beside its description: what it writes, and one call to copy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from iahome_fix.i18n import N_


@dataclass(frozen=True)
class Text:
    """`writes` is marked for translation; `example` is a whole command line."""

    writes: str
    example: str


_NOTHING = N_("nothing")

TEXTS: Mapping[str, Text] = {
    "init": Text(N_("lines of .env.local, or .env.example"), "iahome-fix init"),
    "doctor": Text(_NOTHING, "iahome-fix doctor --env-file .env.local"),
    "check-stripe": Text(
        N_(
            "nothing; after a question with --fix the webhook endpoint in Stripe, and with --resend it posts"
            " missed events to the site"
        ),
        "iahome-fix check-stripe --fix --dry-run",
    ),
    "explain": Text(_NOTHING, "iahome-fix explain customer@example.com"),
    "logs": Text(_NOTHING, "iahome-fix logs"),
    "checks": Text(_NOTHING, "iahome-fix checks schema.module-access"),
    "migrate": Text(
        N_("the schema: the table module_access, its indexes, grants and policies, after a question"),
        "iahome-fix migrate --dry-run",
    ),
    "backfill": Text(N_("rows of module_access, after a question"), "iahome-fix backfill --dry-run"),
    "reconcile": Text(N_("rows of module_access, after a question"), "iahome-fix reconcile --dry-run"),
    "repair": Text(
        N_("what migrate, backfill, reconcile and check-stripe --fix write, after one question"),
        "iahome-fix repair --dry-run",
    ),
    "verify": Text(
        N_("one access and one note in payments, both removed again"),
        "iahome-fix verify --email you@example.com --module 3",
    ),
    "undo": Text(
        N_("what one run wrote: rows, schema, the Stripe endpoint; after a question"),
        "iahome-fix undo 20260131-120000-1a2b3c --dry-run",
    ),
    "demo": Text(N_("a temporary folder, which it removes again"), "iahome-fix demo"),
    "sandbox": Text(N_("one folder on this machine"), "iahome-fix sandbox my-sandbox"),
}

START = "iahome-fix doctor --env-file .env.local"

EXIT_CODES: tuple[tuple[str, str], ...] = (
    ("0", N_("nothing wrong, or applied in full")),
    ("1", N_("at least one fault was found, or a repair was refused")),
    ("2", N_("wrong usage or configuration, or --yes is needed")),
    ("3", N_("could not tell: network, rights, or a missing credential")),
    ("4", N_("applied in part; the run id is printed")),
    ("130", N_("interrupted; safe to run again")),
)
