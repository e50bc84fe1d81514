"""`sandbox`: the embedded IAHome, kept running for the other commands."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer

from iahome_fix import errors
from iahome_fix.cli.command import command
from iahome_fix.cli.frame import Frame, Outcome
from iahome_fix.command_lines import command_line
from iahome_fix.errors import UsageError
from iahome_fix.i18n import N_, _

if TYPE_CHECKING:
    from iahome_fix.output.screen import Screen
    from iahome_fix.sandbox.house import House
    from iahome_fix.sandbox.supabase import Regime

_EMPTY: dict[str, Any] = {"folder": None, "env_file": None, "site": None, "data_api": None, "database": None}


@command("sandbox", empty_body=_EMPTY, without_project=True)
def sandbox(
    frame: Frame,
    folder: Annotated[
        Path, typer.Argument(help=N_("Where its files are; made when it is not there."))
    ] = Path("iahome-sandbox"),
    regime: Annotated[
        str,
        typer.Option(
            "--regime",
            metavar="since|before|revoked",
            help=N_("Default privileges of the database: since, before, revoked."),
        ),
    ] = "since",
) -> Outcome:
    """Keep an embedded, broken IAHome running, with an env file to point the other commands at.

    It stops with Ctrl-C. The database stays in the folder and is taken up by the next call; the Stripe
    account lives in memory and begins anew.
    """
    from iahome_fix.sandbox.house import House

    chosen = regime_named(regime)
    version = version_named(frame.common.profile)
    if folder.exists() and not folder.is_dir():
        raise UsageError("folder", _("{folder} is not a folder").format(folder=folder))
    frame.say(_("starting …"), "quiet")
    try:
        with House(folder, regime=chosen, version=version) as house:
            frame.finish(Outcome(errors.OK, "running", _body(house), lambda s: _show(s, house)))
            threading.Event().wait()
    except KeyboardInterrupt:
        frame.say(_("stopped; the database stays in {folder}").format(folder=folder), "quiet")
    return Outcome(errors.OK, "stopped", said=True)


def regime_named(word: str) -> Regime:
    """The default privileges that an option names. Raises UsageError."""
    from iahome_fix.sandbox.supabase import Regime

    if word not in get_args(Regime):
        raise UsageError(
            "regime", _("--regime takes one of: {words}").format(words=", ".join(get_args(Regime)))
        )
    return cast("Regime", word)


def version_named(name: str | None) -> str:
    """The version of the app that --profile names, that of the guide without it. Raises UsageError."""
    from iahome_fix.sandbox.versions import VERSIONS

    if name is not None and name not in VERSIONS:
        raise UsageError("profile", _("--profile takes one of: {words}").format(words=", ".join(VERSIONS)))
    return name or VERSIONS[0]


def _body(house: House) -> dict[str, Any]:
    return {
        "folder": str(house.folder),
        "env_file": str(house.env_file),
        "site": house.site.url,
        "data_api": house.gateway.url if house.gateway else None,
        "database": "iahome",
    }


def _show(screen: Screen, house: House) -> None:
    screen.line(_("IAHome is running on this machine; everything in it is invented and local."), "healthy")
    screen.line(house.site.url, indent=12, first=_("site"))
    if house.gateway:
        screen.line(house.gateway.url, indent=12, first=_("Data API"))
    else:
        screen.line(house.no_data_api or "", indent=12, first=_("Data API"))
    screen.line(str(house.env_file), indent=12, first=_("env file"))
    screen.line()
    screen.line(_("in another terminal:"))
    screen.command(command_line("doctor", "--env-file", str(house.env_file)))
    screen.line()
    screen.line(_("what a customer sees:"))
    screen.command(f"{house.site.url}/encours?email=amelie.durand@example.test")
    screen.line()
    screen.line(_("stop it with Ctrl-C"), "quiet")
