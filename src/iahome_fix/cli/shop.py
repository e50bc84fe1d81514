"""The version of the app that a writing command stands in: it writes where the page reads, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.errors import CouldNotTell, Refused
from iahome_fix.facts.shop import seen
from iahome_fix.facts.shop import shop as found
from iahome_fix.i18n import _
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.systems.database_errors import SqlError

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context
    from iahome_fix.profile.shop import Shop


def require_certain(ctx: Context, command: str) -> Shop:
    """The version of the shop that a command is about to write in.

    Raises CouldNotTell (code version-unknown) where what would tell could not be read, or contradicts itself,
    and why nothing could be read at all.
    """
    shop = found(ctx)
    if shop.certain:
        return shop
    failure = None if shop.chosen else seen(ctx).failure
    if failure is not None and not isinstance(failure, SqlError):
        raise failure
    raise CouldNotTell(
        "version-unknown",
        _("{why}; {command} writes nothing before that is known").format(why=shop.why, command=command),
        _("{settles}, or say which version it is: --profile {names}").format(
            settles=shop.settles, names="|".join(ctx.settings.profiles)
        ),
    )


def require_guides(ctx: Context, command: str) -> None:
    """Refuse a command that writes the guide's table, in a shop whose page reads another one.

    Raises Refused (code other-version), which says where the page does read, and how that is known, and what
    `require_certain` raises.
    """
    shop = require_certain(ctx, command)
    if shop.profile.is_guides:
        return
    raise Refused.unchanged(
        "other-version",
        _(
            "this shop is judged as {name}: {why}; {command} writes {guides}, which no page of it reads"
        ).format(name=shop.profile.name, why=shop.why, command=command, guides=MODULE_ACCESS.table.name),
        _(
            "its page reads {table}; if the shop is the guide's all the same, add --profile {guide}; to bring"
            " accesses of {guides} to where the page reads: {command}"
        ).format(
            table=shop.profile.table.name,
            command=ctx.settings.command("migrate", "--to", shop.profile.name),
            guides=MODULE_ACCESS.table.name,
            guide=MODULE_ACCESS.name,
        ),
    )
