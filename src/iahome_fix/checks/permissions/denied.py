"""What a refusal for want of a right means: the object that was named, with its schema, and the grant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.domain.refusals import denied_object
from iahome_fix.facts.queries import of_database
from iahome_fix.i18n import N_, _, labelled
from iahome_fix.model import Finding, fail, unknown
from iahome_fix.systems.database_errors import MayNotCall, SqlError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from iahome_fix.facts.seen import Seen

USAGE = N_("in the SQL editor: grant usage on schema public to anon, authenticated, service_role")
_FOREIGN = ("auth", "storage", "vault", "realtime")
"""Schemas of the platform: a right to their tables is given to no customer lightly."""


def denied(ctx: Seen, role: str, what: str, error: SqlError) -> Finding:
    """The finding for a read that was refused (42501) to a role. `what`: half a sentence, what could not be
    done."""
    asked = denied_object(error)
    rows = (
        of_database(ctx, "checks/denied_objects", {"role": role, **asked, "privilege": "select"})
        if asked
        else ()
    )
    objects = [str(row["object"]) for row in rows]
    said = labelled(what, f"{error.said} ({error.sqlstate})")
    if objects and not (asked and objects == [asked["name"]]):
        said += _("; it is {names}").format(names=_(" or ").join(objects))
    return fail(said, hint=_way(rows, role), sqlstate=error.sqlstate, objects=objects)


def _way(rows: Sequence[Mapping[str, object]], role: str) -> str:
    if not rows:
        return _("whoever made the policy or function that asks for it has to give {role} the right").format(
            role=role
        )
    statements = " / ".join(str(row["statement"]) for row in rows)
    if any(str(row["schema"]) in _FOREIGN for row in rows):
        return _(
            "a policy, or a function that it calls, reads it with the customer's own rights: let it ask"
            " through a function that is security definer, or in the SQL editor: {statements}"
        ).format(statements=statements)
    return _("in the SQL editor: {statements}").format(statements=statements)


def may_not_call(what: str, error: MayNotCall) -> Finding:
    """The finding for what was not tried, as a function may not be executed: the right is what is wrong."""
    functions = [right.function for right in error.rights]
    if error.certain:
        return fail(
            _("{what}: {reason} (42501)").format(what=what, reason=error.message),
            hint=error.hint,
            functions=functions,
            sqlstate=error.sqlstate,
        )
    return unknown(
        _(
            "not tried, since some images of the platform end the whole server at such a call: {reason}, if"
            " it comes to that"
        ).format(reason=error.message),
        hint=error.hint,
        functions=functions,
    )
