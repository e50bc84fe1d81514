"""The command line: which commands there are, in which group."""

from __future__ import annotations

from typing import Annotated

import typer

from iahome_fix import __version__
from iahome_fix.cli import (
    backfill,
    check_stripe,
    checks,
    demo,
    doctor,
    explain,
    init,
    logs,
    migrate,
    reconcile,
    repair,
    sandbox,
    undo,
    verify,
)
from iahome_fix.cli.options import LANG
from iahome_fix.i18n import N_

BEGIN, DIAGNOSE = N_("Begin"), N_("Diagnose")
REPAIR, PROVE, TRY = N_("Repair"), N_("Prove"), N_("Try")

app = typer.Typer(
    name="iahome-fix",
    help=N_("Finds the broken link between a Stripe payment and the customer's page, repairs it, proves it."),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"iahome-fix {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help=N_("Show the version."))
    ] = False,
    lang: LANG = None,
) -> None:
    pass


for name, function, panel in (
    ("init", init.init, BEGIN),
    ("doctor", doctor.doctor, DIAGNOSE),
    ("check-stripe", check_stripe.check_stripe, DIAGNOSE),
    ("explain", explain.explain, DIAGNOSE),
    ("checks", checks.checks, DIAGNOSE),
    ("logs", logs.logs, DIAGNOSE),
    ("migrate", migrate.migrate, REPAIR),
    ("backfill", backfill.backfill, REPAIR),
    ("reconcile", reconcile.reconcile, REPAIR),
    ("repair", repair.repair, REPAIR),
    ("undo", undo.undo, REPAIR),
    ("verify", verify.verify, PROVE),
    ("demo", demo.demo, TRY),
    ("sandbox", sandbox.sandbox, TRY),
):
    app.command(name, rich_help_panel=panel)(function)
