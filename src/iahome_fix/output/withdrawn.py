"""What a person took away, in the plans: whose, when, and how to give it back on purpose."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from iahome_fix import figures
from iahome_fix.i18n import _, ngettext
from iahome_fix.masks import mask_email, printable
from iahome_fix.output.screen import Screen
from iahome_fix.repairs.withdrawn import Withdrawn

_MOST_SHOWN = 20


def show_withdrawn(
    screen: Screen,
    found: Sequence[Withdrawn],
    command: Callable[[str], str],
    *,
    everything: bool = False,
    emails: bool = False,
) -> None:
    """The withdrawn accesses, one a line, and the command that gives one back.

    `command`: makes the command line for the id of a row; `everything`: whole, not the first 20; `emails`:
    addresses in full.
    """
    kept = [one for one in found if not one.given_back]
    back = [one for one in found if one.given_back]
    most = None if everything else _MOST_SHOWN
    if back:
        screen.line()
        screen.line(_("restored on purpose (--restore):"), "title")
        _list(screen, back, most, emails=emails)
    if kept:
        screen.line()
        screen.line(_("withdrawn by a person, and that stays so:"), "title")
        _list(screen, kept, most, emails=emails)
        screen.line(
            ngettext(
                "to restore it on purpose: {command}",
                "to restore one on purpose, by its id: {command}",
                len(kept),
            ).format(command=command(kept[0].row_id)),
            indent=2,
        )


def why(one: Withdrawn) -> str:
    """In what the row differs from one that ended as it was sold; a part of a sentence."""
    return {
        "inactive": _("deactivated before its end"),
        "ended": _("ended before its term"),
        "moment": _("ended at the moment it was deactivated"),
    }[one.why]


def _list(screen: Screen, found: Sequence[Withdrawn], most: int | None, *, emails: bool) -> None:
    for one in found[:most]:
        who = _who(one, emails=emails, ascii_only=not screen.unicode)
        day = one.taken_at[:16].replace("T", " ") if one.taken_at else _("time not noted")
        parts = [who, _("module {id}").format(id=one.module_id or "-"), day, why(one)]
        screen.line("  ".join(parts), indent=4, first=_("  id {id}").format(id=one.row_id))
    if most is not None and len(found) > most:
        screen.line(
            _("and {count} more (--list shows all)").format(count=figures.number(len(found) - most)),
            "quiet",
            indent=2,
        )


def _who(one: Withdrawn, *, emails: bool, ascii_only: bool) -> str:
    shown = printable(one.email or one.owner or "-", 254)
    return mask_email(shown, ascii_only=ascii_only) if "@" in shown and not emails else shown
