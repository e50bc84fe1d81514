"""Rows that are hidden from those whose they are: a fault, a decision, or not to be told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from iahome_fix.checks.permissions.read_policies import Policy, read_policies, said_of_claim
from iahome_fix.checks.permissions.recursion import POLICIES
from iahome_fix.facts import signed_in
from iahome_fix.facts.own_rows import Look, with_second_factor
from iahome_fix.i18n import _, joined, ngettext
from iahome_fix.identifiers import quoted
from iahome_fix.masks import mask_email
from iahome_fix.model import Finding, fail, unknown, warn

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen

_OWNER = ("id", "user_id", "email")
_IN_FORCE = ("is_active", "expires_at")
"""What makes a row one of those that are compared: it hides none of them on purpose."""
_OWN_ROW = "user_id = (select auth.uid())::text"


def no_policy(ctx: Seen, table: str) -> Finding:
    """Row level security is on for a table of the page, and no policy at all lets customers read."""
    if table == "module_access":
        return fail(
            _("row level security is on, and no policy lets a signed-in customer read: every list is empty"),
            hint=_("the rows are there; no data is lost"),
            fix=ctx.fix("migrate", undoable=True),
        )
    condition = "id::text = (select auth.uid())::text" if table == "profiles" else "true"
    return fail(
        _("row level security is on for {table}, and no policy lets a signed-in customer read it").format(
            table=table
        ),
        hint=_("in the SQL editor: {statements}").format(
            statements=f"create policy {table}_customer_reads on public.{table} for select to authenticated"
            f" using ({condition})"
        ),
        table=table,
        policies=[],
    )


def hidden_rows(ctx: Seen, looks: Sequence[Look], hidden: Sequence[Look]) -> Finding:
    """Rows that a policy keeps from those whose they are: a fault, a decision, or not to be told."""
    first = hidden[0]
    table = str(first.table)
    policies = read_policies(ctx, first.customer.login.role, [table])
    if not any(policy.permissive for policy in policies):
        return no_policy(ctx, table)
    depends = list(dict.fromkeys(what for policy in policies for what in policy.depends_on))
    if depends and _asks_for_what_nobody_has(ctx, looks, hidden, depends):
        return _without_factors(table, hidden, looks, policies)
    if depends:
        return _untold(ctx, looks, hidden, policies, depends)
    return _named(table, hidden, looks, policies)


def _named(table: str, hidden: Sequence[Look], looks: Sequence[Look], policies: Sequence[Policy]) -> Finding:
    first, count = hidden[0], len(looks)
    facts: dict[str, Any] = {"table": table, "policies": [policy.name for policy in policies], "tried": count}
    said = _("a customer reads {seen} of {expected} own rows of {table}").format(
        seen=first.seen, expected=first.expected, table=table
    )
    which = _which(policies)
    if len(hidden) < count:
        return warn(
            joined(
                _(
                    "{shown} of {count} customers read their own rows; {who} reads {seen} of {expected}"
                ).format(
                    shown=count - len(hidden),
                    count=count,
                    who=mask_email(first.customer.email),
                    seen=first.seen,
                    expected=first.expected,
                ),
                which,
            ),
            hint=_(
                "if that customer is shut out on purpose, there is nothing to do; else look at the policy"
            ),
            **facts,
        )
    shut = sorted({name for policy in policies for name in policy.closed})
    if shut:
        return fail(
            joined(
                said,
                which,
                _(
                    "{tables}, which it reads, shows customers nothing: row level security is on there, and"
                    " no policy lets them read"
                ).format(tables=", ".join(shut)),
            ),
            hint=_(
                "whoever made it decides: let customers read their own rows of {tables} by a policy on it, or"
                " let the policy ask through a function that is security definer"
            ).format(tables=", ".join(shut)),
            **facts,
        )
    if count == 1 and (reasons := _reasons(table, policies)):
        who = mask_email(first.customer.email)
        return unknown(
            joined(
                said,
                which,
                _("it reads {reasons}, and one customer does not tell whether that is on purpose").format(
                    reasons=", ".join(reasons)
                ),
            ),
            hint=_("look whether {who} is shut out on purpose, in {reasons}").format(
                who=who, reasons=", ".join(reasons)
            ),
            **facts,
        )
    return fail(
        joined(said, which),
        hint=_(
            "whoever made it decides; nothing of it is changed by this tool. If customers are to read their"
            " own rows, in the SQL editor: {statements}"
        ).format(statements="; ".join(_statements(policies)) or POLICIES.format(table=table)),
        **facts,
    )


def _which(policies: Sequence[Policy]) -> str:
    """The policies, or the view, that may hide rows; a view that reads as its owner has none behind it."""
    named = [policy for policy in policies if not policy.is_view]
    if not named:
        return _("the view hides them: {view}").format(view=_("; ").join(policy.said for policy in policies))
    return ngettext(
        "a policy hides them: {names}", "a policy hides them, one of these: {names}", len(named)
    ).format(names=_("; ").join(policy.said for policy in named))


def _reasons(table: str, policies: Sequence[Policy]) -> list[str]:
    """What policies decide by, beside whose the row is: other relations, and columns such as deleted_at."""
    named = {name for policy in policies for name in policy.relations if name not in (table, policy.table)}
    for policy in policies:
        # A policy that lets in and names no owner is wrong, whatever else it asks for.
        if not policy.permissive or set(policy.columns) & set(_OWNER):
            decides = [column for column in policy.columns if column not in (*_OWNER, *_IN_FORCE)]
            named |= {f"{policy.table}.{column}" for column in decides}
    return sorted(named)


def _statements(policies: Sequence[Policy]) -> Iterator[str]:
    """What a person may run: a restrictive policy goes, a permissive one of the list gets its condition."""
    closing = [policy for policy in policies if not policy.permissive]
    for policy in closing:
        yield f"drop policy {quoted(policy.name)} on {policy.on}"
    opening = [policy for policy in policies if policy.permissive and not policy.is_view]
    if not closing and opening and opening[0].asked == "module_access":
        yield f"alter policy {quoted(opening[0].name)} on {opening[0].on} using ({_OWN_ROW})"


def _untold(
    ctx: Seen,
    looks: Sequence[Look],
    hidden: Sequence[Look],
    policies: Sequence[Policy],
    depends: Sequence[str],
) -> Finding:
    first = hidden[0]
    named = [policy for policy in policies if policy.depends_on]
    said = _(
        "whether customers read their own rows of {table} is not known: it depends on {what}; tried"
        " as {count} customers, {shown} of them read theirs"
    ).format(table=first.table, what=", ".join(depends), count=len(looks), shown=len(looks) - len(hidden))
    differs = _differs([one for one in looks if not one.hidden], hidden)
    if differs:
        said += _("; their logins differ in {names}").format(names=", ".join(differs))
    elif any("aal" in what or "amr" in what for what in depends) and _with_factor(ctx, first):
        said += _("; with a second factor (aal2) this customer reads them")
    return unknown(
        said + "; " + _("; ").join(policy.said for policy in named),
        hint=_(
            "sign in as a customer and open /encours, or read the token of such a login (jwt.io shows its"
            " claims): if it is what the policy {names} asks for, nothing is wrong"
        ).format(names=", ".join(policy.name for policy in named)),
        table=first.table,
        policies=[policy.name for policy in policies],
        depends_on=list(depends),
        tried=len(looks),
        read=len(looks) - len(hidden),
    )


def _asks_for_what_nobody_has(
    ctx: Seen, looks: Sequence[Look], hidden: Sequence[Look], depends: Sequence[str]
) -> bool:
    """Does it take a second factor, in a project of which no account has one, to read anything?"""
    return (
        len(hidden) == len(looks)
        and list(depends) == [said_of_claim("aal")]
        and _with_factor(ctx, hidden[0])
        and signed_in.nobody_has_a_factor(ctx)
    )


def _without_factors(
    table: str, hidden: Sequence[Look], looks: Sequence[Look], policies: Sequence[Policy]
) -> Finding:
    asking = [policy for policy in policies if policy.depends_on]
    return fail(
        joined(
            _("a customer reads {seen} of {expected} own rows of {table}").format(
                seen=hidden[0].seen, expected=hidden[0].expected, table=table
            ),
            _which(asking),
            _("it asks for a second factor (aal2), and no login of the project has one"),
        ),
        hint=_(
            "whoever made it decides: ask only those for it who have one (Supabase, Multi-Factor"
            " Authentication, Enforcing rules), or have customers set one up first; this tool does not change"
            " the policy"
        ),
        table=table,
        policies=[policy.name for policy in policies],
        tried=len(looks),
    )


def _differs(shown: Sequence[Look], hidden: Sequence[Look]) -> list[str]:
    """Claims by which those who read differ from all who do not; names only."""
    if not shown:
        return []
    with_, without = shown[0].customer.login.claims, [one.customer.login.claims for one in hidden]
    found = [f"aal ({with_['aal']})"] if all(c["aal"] != with_["aal"] for c in without) else []
    for group in ("app_metadata", "user_metadata"):
        found += [
            f"{group}.{key}"
            for key, value in with_[group].items()
            if all(claims[group].get(key) != value for claims in without)
        ]
    return found


def _with_factor(ctx: Seen, seen: Look) -> bool:
    again = with_second_factor(ctx, seen.customer.id)
    return again is not None and again.table is None
