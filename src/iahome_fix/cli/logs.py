"""`logs`: what failed lately on the tables of the payment flow."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from iahome_fix import errors
from iahome_fix.cli.command import command
from iahome_fix.cli.frame import Frame, Outcome
from iahome_fix.errors import MissingCredential, UsageError
from iahome_fix.i18n import N_, _

if TYPE_CHECKING:
    from iahome_fix.systems.management_http import ManagementApi

_EMPTY: dict[str, Any] = {"since": None, "until": None, "entries": [], "truncated": False}


@command("logs", empty_body=_EMPTY)
def logs(
    frame: Frame,
    since: Annotated[
        str,
        typer.Option(
            "--since", metavar="1h", help=N_("How far back: 15m, 1h, 2d, or a moment (UTC); 7 days at most.")
        ),
    ] = "1h",
) -> Outcome:
    """Recent Data API and database errors that touch the payment flow, through the Management API."""
    from iahome_fix.output.logs import show_logs
    from iahome_fix.systems.project_logs import read

    until = datetime.now(UTC)
    start = _moment(since, until)
    frame.show_target()
    api = _opened(frame)
    try:
        found = read(api, start, until)
    finally:
        api.close()
    body = {
        "since": start.isoformat(timespec="seconds"),
        "until": until.isoformat(timespec="seconds"),
        "entries": [entry.as_json() for entry in found.entries],
        "truncated": found.cut,
    }
    doctor = frame.settings.command("doctor")
    return Outcome(
        errors.OK,
        "failures" if found.entries else "quiet",
        body,
        lambda screen: (
            None if frame.common.quiet and not found.entries else show_logs(screen, found, start, doctor)
        ),
    )


def _opened(frame: Frame) -> ManagementApi:
    """The Management API. Raises MissingCredential, with what tells as much without it."""
    from iahome_fix import dashboards
    from iahome_fix.systems.open import open_management

    settings = frame.settings
    try:
        return open_management(settings, timeout=frame.common.timeout)
    except MissingCredential as error:
        ref = settings.project_ref or settings.database_ref
        raise MissingCredential(
            error.variables,
            _("{reason}; neither SQL nor the Data API gives a project's logs").format(reason=error.message),
            _(
                "{hint}; without it, the logs can be read here: {url}; what is refused today, this command"
                " says: {command}"
            ).format(
                hint=error.hint,
                url=dashboards.database_logs(ref),
                command=settings.command("doctor", *(("--rehearse",) if settings.database_url else ())),
            ),
        ) from None


def _moment(text: str, now: datetime) -> datetime:
    from iahome_fix.spans import parse_since
    from iahome_fix.systems.project_logs import LONGEST

    minutes = re.fullmatch(r"\s*([0-9]{1,5})\s*m\s*", text)
    if minutes and int(minutes[1]):
        start = now - timedelta(minutes=int(minutes[1]))
    else:
        start = parse_since(text, "--since", now)
    if now - start > LONGEST:
        raise UsageError("since", _("--since reaches back 7 days at most: the project keeps no older logs"))
    return start
