"""What the help of each command says beside its description: what it writes, and one call to copy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from iahome_fix.i18n import N_


@dataclass(frozen=True)
class Text:
    """`writes` is marked for translation; `examples` are whole command lines, to be copied."""

    writes: str
    examples: tuple[str, ...]


_NOTHING = N_("nothing")

TEXTS: Mapping[str, Text] = {
    "init": Text(
        N_("lines of .env.local, or .env.example"), ("iahome-fix init", "iahome-fix init --example")
    ),
    "doctor": Text(
        _NOTHING,
        (
            "iahome-fix doctor --env-file .env.local",
            "*/15 * * * * cd /srv/app && iahome-fix doctor --brief        # cron",
            "iahome-fix doctor --json | jq -r '.causes[]'                 # jq",
            "iahome-fix doctor --format junit > iahome-fix.xml            # CI",
        ),
    ),
    "check-stripe": Text(
        N_(
            "nothing; after a question with --fix the webhook endpoint in Stripe, and with --resend it posts"
            " missed events to the site"
        ),
        (
            "iahome-fix check-stripe --fix --dry-run",
            "iahome-fix check-stripe --json | jq .undelivered",
            "iahome-fix check-stripe --quiet || exit $?                   # CI",
        ),
    ),
    "explain": Text(
        _NOTHING,
        (
            "iahome-fix explain customer@example.com",
            "iahome-fix explain customer@example.com --json | jq .verdict",
        ),
    ),
    "logs": Text(_NOTHING, ("iahome-fix logs", "iahome-fix logs --json | jq .verdict")),
    "checks": Text(
        _NOTHING,
        ("iahome-fix checks schema.module-access", "iahome-fix checks --json | jq -r '.checks[].id'"),
    ),
    "migrate": Text(
        N_(
            "the schema: the table module_access, its indexes, rights and policies; with --to rows of the"
            " table of accesses; after a question"
        ),
        (
            "iahome-fix migrate --dry-run",
            "iahome-fix migrate --dry-run --json | jq -r '.plan[].title'",
            "iahome-fix migrate --to user_applications_month --dry-run",
            "iahome-fix migrate --yes --no-input --reason 'ticket 12'      # CI",
        ),
    ),
    "backfill": Text(
        N_("rows of the table of accesses, after a question"),
        (
            "iahome-fix backfill --dry-run",
            "iahome-fix backfill --dry-run --json | jq .plan.to_create",
            "0 * * * * cd /srv/app && iahome-fix backfill --yes --quiet  # cron",
        ),
    ),
    "reconcile": Text(
        N_("rows of the table of accesses, after a question"),
        (
            "iahome-fix reconcile --dry-run",
            "iahome-fix reconcile --dry-run --json | jq .plan.to_create",
            "0 * * * * cd /srv/app && iahome-fix reconcile --yes --quiet  # cron",
        ),
    ),
    "repair": Text(
        N_("what migrate, backfill, reconcile and check-stripe --fix write, after one question"),
        (
            "iahome-fix repair --dry-run",
            "iahome-fix repair --dry-run --json | jq -r '.plan.steps[].title'",
            "iahome-fix repair --yes --no-input --reason 'night of the 30th'",
        ),
    ),
    "verify": Text(
        N_("one access and one row in payments, both removed again"),
        (
            "iahome-fix verify --email you@example.com --module 3",
            "iahome-fix verify --email you@example.com --module 3 --yes    # CI",
        ),
    ),
    "undo": Text(
        N_("what one run wrote: rows, schema, the Stripe endpoint; after a question"),
        (
            "iahome-fix undo",
            "iahome-fix undo 20260131-120000-1a2b3c --dry-run",
            "iahome-fix undo --json | jq -r '.runs[].run_id'",
        ),
    ),
    "demo": Text(N_("a temporary folder, which it removes again"), ("iahome-fix demo",)),
    "sandbox": Text(N_("one folder on this machine"), ("iahome-fix sandbox my-sandbox",)),
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

OF_EXIT_CODES = (
    "iahome-fix doctor --quiet; [ $? -eq 3 ] && echo 'could not tell'",
    "iahome-fix doctor --fail-on fail --quiet || exit 1          # CI",
    "iahome-fix repair --yes --json | jq '.verdict, .run_id'",
)
"""Beside the table of exit codes: lines to copy."""
