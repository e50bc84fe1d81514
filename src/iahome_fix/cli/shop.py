"""The version of the app that a writing command stands in: it writes where the page reads, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.errors import Refused
from iahome_fix.facts.shop import shop as found
from iahome_fix.i18n import _
from iahome_fix.profile import MODULE_ACCESS

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context


def require_guides(ctx: Context, command: str) -> None:
    """Refuse a command that writes the guide's table, in a shop whose page reads another one.

    Raises Refused (code other-version), which says where the page does read, and how that is known.
    """
    shop = found(ctx)
    if shop.profile.is_guides:
        return
    raise Refused.unchanged(
        "other-version",
        _(
            "this shop is judged as {name}: {why}; {command} writes {guides}, which no page of it reads"
        ).format(name=shop.profile.name, why=shop.why, command=command, guides=MODULE_ACCESS.table.name),
        _("its page reads {table}; if the shop is the guide's all the same, add --profile {guide}").format(
            table=shop.profile.table.name, guide=MODULE_ACCESS.name
        ),
    )
