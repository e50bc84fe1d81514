"""The check `site.source-read`: whether what only the app's source can say was looked at."""

from __future__ import annotations

from typing import Any

from iahome_fix.checks import commands
from iahome_fix.checks.registry import check
from iahome_fix.facts.seen import Seen
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.model import Finding, Kind, ok, skipped
from iahome_fix.source import app as source_app
from iahome_fix.source.files import Checkout, SourceFile
from iahome_fix.source.parser import required

_MOST_SHOWN = 20


@check("site.source-read", N_("the app's source was read"), kind=Kind.HYGIENE)
def source_read(ctx: Seen) -> Finding:
    """From outside neither the page's queries can be seen nor what the handler does with an event.

    Found by: whether the folder of the app's checkout was given, and the parser is installed. Without them a
    page that asks for another table, or for a value that nobody writes, is not found, and a handler that
    writes nothing is found by its lost payments only, without the line that is to blame.
    Repair: `doctor --app FOLDER`, after `pip install 'iahome-fix[app]'`. Nothing in the folder is run.
    Packages, builds, tests, examples and folders that begin with a dot are not entered; files of more than
    half a megabyte and minified ones are not read.
    Never: take a chain that was judged from outside alone for a proof that the page shows what it should.
    """
    checkout = source_app.given(ctx)
    if checkout is None:
        return skipped(
            _(
                "from outside it is not known which table and values the pages ask for, nor what the"
                " handler does with an event; the app's source says so: doctor --app FOLDER"
            ),
            hint=_("with the folder of the app's checkout: {command}").format(
                command=commands.again(ctx, "--app", "FOLDER")
            ),
            not_asked=True,
        )
    required()
    count = len(checkout.files)
    return ok(
        ngettext(
            "{count} file of the app's source was read", "{count} files of the app's source were read", count
        ).format(count=count),
        files=count,
        **_about(checkout),
    )


def _about(checkout: Checkout) -> dict[str, Any]:
    """What was not read, and which apps there are."""
    unread = [file.path for file in checkout if _is_parsed(file) and file.unread]
    left_out = [*checkout.left_out, *unread]
    return {
        "left_out": len(left_out),
        **({"not_read": left_out[:_MOST_SHOWN]} if left_out else {}),
        **({"apps": [app.root or "." for app in checkout.apps]} if len(checkout.apps) > 1 else {}),
    }


def _is_parsed(file: SourceFile) -> bool:
    return "_parsed" in vars(file)


CHECKS = (source_read,)
