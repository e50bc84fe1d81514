"""`demo`: the whole story on an embedded, broken IAHome."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from iahome_fix import command_lines, errors, figures
from iahome_fix.cli.command import command
from iahome_fix.cli.frame import Frame, Outcome
from iahome_fix.i18n import N_, _, asked_language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iahome_fix.sandbox.house import House
    from iahome_fix.sandbox.story import Told
    from iahome_fix.sandbox.world import WorldSession

_EMPTY: dict[str, Any] = {"data_api": None, "steps": [], "before": [], "after": []}
TERM_HOURS = 72
_BUYER, _BOUGHT, _PRICE = "lea.bernard@example.test", 13, 990


@command("demo", empty_body=_EMPTY, without_project=True)
def demo(
    frame: Frame,
    regime: Annotated[
        str,
        typer.Option(
            "--regime",
            metavar="since|before|revoked",
            help=N_("Default privileges of the database: since, before, revoked."),
        ),
    ] = "since",
) -> Outcome:
    """Watch a broken IAHome be diagnosed, repaired and proved, in under a minute, with no account anywhere.

    A PostgreSQL server with Supabase's roles, the real Data API, and stand-ins for Stripe and the site run in
    a temporary folder on this machine and are removed at the end. The commands are the real ones.
    """
    from iahome_fix.cli.sandbox import regime_named, version_named

    chosen = regime_named(regime)
    version = version_named(frame.common.profile)
    frame.say(_("starting an IAHome of its own: PostgreSQL, Data API, Stripe and site stand-ins …"), "quiet")
    with _temporary_folder() as folder:
        from iahome_fix.sandbox.house import House

        with House(folder, regime=chosen, version=version) as house:
            return _tell(frame, house)


def _tell(frame: Frame, house: House) -> Outcome:
    from iahome_fix.sandbox import story
    from iahome_fix.sandbox.site_database import GUIDE
    from iahome_fix.sandbox.story import command_line, tell

    steps = story.STEPS if house.version == GUIDE else story.OF_LATER_VERSIONS
    due = _due(house)

    before = _pages(house)
    if not frame.common.json:
        _introduce(frame, house)
        _show_pages(frame, house, before)
    told: list[Told] = []
    for number, step in enumerate(steps, start=2):
        if not frame.common.json:
            _heading(frame, number, _(step.title))
            frame.out.command("$ " + command_line(step, house), indent=0)
            frame.out.flush()
        asked = asked_language()
        options = (*(("--lang", asked) if asked else ()), *(("--no-color",) if frame.common.no_color else ()))
        told.append(tell(step, house, options=options, capture=frame.common.json))
        if not told[-1].as_planned:
            return _went_wrong(house, told, before)
    house.buy(_BUYER, _BOUGHT, _PRICE)
    after = _pages(house)
    served = before != after and _all_served(after, due)
    body = _body(house, told, before, after)
    if not served:
        error = errors.ToolError(
            "demo", _("the commands ended well, but a customer's page is not as it should be")
        )
        return Outcome(errors.FAULT, "broken", body, error=error)

    from iahome_fix.sandbox.versions import VERSIONS

    def show(_screen: Any) -> None:
        _heading(frame, len(steps) + 2, _("A new customer pays; what the customers see now"))
        _show_pages(frame, house, after, bought=True)
        frame.out.line()
        frame.out.line(_("Who paid sees it, who was refunded does not. This IAHome is gone now."), "healthy")
        frame.out.line(_("to try the commands by yourself on one that stays:"))
        version = () if house.version == VERSIONS[0] else ("--profile", house.version)
        frame.out.command(command_lines.command_line("sandbox", *version))

    return Outcome(errors.OK, "healthy", body, show)


def _introduce(frame: Frame, house: House) -> None:
    frame.out.line(_("IAHome on this machine; everything in it is invented and local."), "title")
    if house.no_data_api:
        frame.out.line(_("No Data API: {reason}").format(reason=house.no_data_api), "warn")
    _heading(frame, 1, _("What the customers see"))
    frame.out.line(_("They paid, Stripe has the money, and then they open /encours:"))


def _heading(frame: Frame, number: int, title: str) -> None:
    frame.out.line()
    frame.out.line(
        f"── {number}. {title} ".ljust(78, "─") if frame.out.unicode else f"-- {number}. {title}", "title"
    )


_Pages = dict[str, tuple[list[str], str | None]]


def _pages(house: House) -> _Pages:
    from iahome_fix.sandbox.world import CUSTOMERS

    return {email: house.page(email) for email in CUSTOMERS}


def _show_pages(frame: Frame, house: House, pages: _Pages, *, bought: bool = False) -> None:
    """What was paid for against what is seen, a line per customer; in red where it is not the same."""
    from iahome_fix.masks import mask_email
    from iahome_fix.sandbox import versions
    from iahome_fix.sandbox.world import SESSIONS, WITHOUT_TOKEN

    every = _due(house)
    sold = [s for s in (*SESSIONS, WITHOUT_TOKEN) if s.status == "complete"]
    lines = [
        (s.email.lower(), versions.sold(s, house.version), s.amount, _note(s, house.version)) for s in sold
    ]
    if bought:
        lines.append((_BUYER, (_BOUGHT,), _PRICE, _("just now")))
    for email, paid_for, amount, note in lines:
        shown = pages[email][0]
        due = every.get(email, frozenset())
        names = ", ".join(_module(m) for m in shown)
        text = (
            _("paid {amount} for {modules} ({note}); sees {names}")
            if names
            else _("paid {amount} for {modules} ({note}); sees nothing")
        ).format(
            amount=figures.amount(amount / 100, 2, "eur"),
            modules=", ".join(_module(str(m)) for m in paid_for),
            note=note,
            names=names,
        )
        name = email if frame.common.show_emails else mask_email(email, ascii_only=not frame.out.unicode)
        right = due == set(shown)
        frame.out.line(text, "ok" if right else "fail", indent=17, first=name)
    errors_shown = sorted({error for _modules, error in pages.values() if error})
    if errors_shown:
        frame.out.line(_("the page's error: {error}").format(error=", ".join(errors_shown)), "fail")


def _note(session: WorldSession, version: str) -> str:
    if session.payment_status == "no_payment_required":
        return _("with a voucher")
    if session.refunded:
        return _("refunded")
    hours = round(session.ago.total_seconds() / 3600)
    if hours > TERM_HOURS and version == "module_access":
        return _("{days} days ago, its {hours} hours are over").format(days=hours // 24, hours=TERM_HOURS)
    return _("{hours} hours ago").format(hours=hours)


def _module(module_id: str) -> str:
    from iahome_fix.sandbox.world import MODULES

    return MODULES.get(int(module_id), module_id) if module_id.isdigit() else module_id


def _due(house: House) -> dict[str, frozenset[str]]:
    """What each page is to show at the end, the new buyer's included, by e-mail."""
    from iahome_fix.sandbox import versions
    from iahome_fix.sandbox.site_database import GUIDE
    from iahome_fix.sandbox.world import SHOWN_AT_THE_END

    if house.version == GUIDE:
        due = {email: frozenset(map(str, modules)) for email, modules in SHOWN_AT_THE_END.items()}
    else:
        due = versions.shown_at_the_end(house.version)
    bought = versions.module_id(_BOUGHT, house.version)
    return {**due, _BUYER: due.get(_BUYER, frozenset()) | {bought}}


def _all_served(pages: _Pages, due: dict[str, frozenset[str]]) -> bool:
    """Does every page show what its customer's tokens and payments call for, and nothing to the refunded?"""
    return all(set(modules) == due.get(email, frozenset()) for email, (modules, _error) in pages.items())


def _body(house: House, told: list[Told], before: _Pages, after: _Pages | None = None) -> dict[str, Any]:
    from iahome_fix.masks import mask_email
    from iahome_fix.sandbox.story import command_line

    def listed(pages: _Pages) -> list[dict[str, Any]]:
        return [
            {"customer": mask_email(email), "modules": modules, "error": error}
            for email, (modules, error) in pages.items()
        ]

    return {
        "data_api": house.no_data_api or "postgrest",
        "steps": [
            {
                "title": _(one.step.title),
                "command": command_line(one.step, house),
                "exit_code": one.exit_code,
                "as_planned": one.as_planned,
                "result": one.document,
            }
            for one in told
        ],
        "before": listed(before),
        "after": listed(after or {}),
    }


def _went_wrong(house: House, told: list[Told], before: _Pages) -> Outcome:
    from iahome_fix.sandbox.story import command_line

    last = told[-1]
    error = errors.ToolError(
        "demo",
        _("the story ended early: `{command}` ended with {code}, planned was {planned}").format(
            command=command_line(last.step, house), code=last.exit_code, planned=last.step.exit_code
        ),
        _("please report it with the screen above"),
    )
    code = errors.COULD_NOT_TELL if last.exit_code == errors.COULD_NOT_TELL else errors.FAULT
    return Outcome(code, "broken", _body(house, told, before), error=error)


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    from iahome_fix.systems.embedded.guard import guard

    folder = Path(tempfile.mkdtemp(prefix="iahome-"))
    guard().watch_folder(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        guard().forget_folder(folder)
