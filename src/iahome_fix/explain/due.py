"""No access is in force, but something calls for one: a token, a row in a wrong place, one switched off."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from iahome_fix.checks import statements
from iahome_fix.domain.money import partly_settled
from iahome_fix.explain import words
from iahome_fix.explain.address import same
from iahome_fix.explain.case import Case, lasting_longest
from iahome_fix.explain.claims import is_under_way
from iahome_fix.explain.payments import Money, is_due, money_of
from iahome_fix.explain.reasons import PROFILE_EMAIL, structural, without_profile
from iahome_fix.explain.rows import Access, Token
from iahome_fix.explain.structure import PAGE, TOKEN
from iahome_fix.explain.verdict import Judged, State
from iahome_fix.i18n import _

if TYPE_CHECKING:
    from iahome_fix.systems.stripe_payments import Payment


def astray(case: Case, *, of_twin: bool = False) -> Judged | None:
    """An access or a token that is theirs by all appearances, but not under the id that the page asks for.

    `of_twin`: also those of another profile of the address, which say less than a payment of their own.
    """
    people = case.story.people
    twins = {profile.id for profile in people.profiles} if people and not of_twin else set()
    story = case.story
    rows = [*(story.accesses or ()), *(row for row in story.carrying if _is_theirs(case, row.owner))]
    for row in rows:
        if row.module == case.module and row.in_force and row.owner not in {case.owner, *twins}:
            return _misplaced(case, _("access"), row)
    for token in story.tokens or ():
        owner = token.owner.strip()
        if token.module == case.module and token.in_force and owner not in {case.owner, *twins}:
            return _misplaced(case, _("token"), token)
    return None


def ended_early(case: Case) -> Judged | None:
    """A paid access that is over although its term is not, and that does not say that it was meant.

    As the doctor's data.ended-early has it; asked only where no access is in force.
    """
    story = case.story
    sessions = {one.session.id: one for one in story.bought or ()}
    for row in case.own_rows:
        one = sessions.get(row.session or "")
        if one is None or row.active is not True or row.term.ends is None or row.says_it_ended:
            continue
        sold = story.terms.covered_from(one.session.moment, case.module)
        if partly_settled(one.session) or not is_due(one.session) or is_under_way(story, one):
            continue
        if row.term.ends >= sold or sold <= story.now:
            continue
        claim = _("{paid}, but its access {id} ended on {ends} instead of {until}").format(
            paid=words.paid(one.session), id=row.id, ends=words.when(row.term.ends), until=words.when(sold)
        )
        statement = statements.right_end(row.id, f"{sold:%Y-%m-%d %H:%M:%S}")
        if story.structure.hides_new_rows:
            return _hidden_as_written(case, claim, statement)
        return case.judged(
            State.MISSING,
            claim,
            "data.ended-early",
            hint=_("look at what writes expires_at, then, in the SQL editor: {statements}").format(
                statements=statement
            ),
        )
    return None


def waiting(case: Case) -> Judged | None:
    """A token in force from which no access was made; what a person switched off is not made again."""
    taken = case.story.taken_tokens
    token = lasting_longest(
        token for token in case.own_tokens if token.in_force and token.id not in (taken or {})
    )
    if token is None or (taken is None and any(row.switched_off for row in case.own_rows)):
        return None
    names = {"id": token.id, "until": words.until(token)}
    claim = _("token {id}, valid {until}, gave no access").format(**names)
    causes = case.story.structure.causes(TOKEN)
    backfill = case.tools.command("backfill")
    if causes:
        return structural(case, claim, causes, after=(backfill,))
    if case.module not in case.story.modules:
        # A backfill leaves it out, and the doctor does not call it a fault.
        text = _("token {id}, valid {until}, is for a module that modules does not have")
        return case.judged(State.NO_MODULE, text.format(**names))
    return case.judged(State.MISSING, claim, "data.tokens-without-access", commands=(backfill,))


def switched_off(case: Case) -> Judged | None:
    """An access that somebody took away: switched it off, or ended it before its term; the newest of them."""
    taken = case.taken
    sessions = {one.session.id: one.session for one in case.bought}
    for row in case.own_rows:
        session = sessions.get(row.session or "")
        given_back = session is not None and money_of(session) in (Money.REFUNDED, Money.DISPUTED)
        if given_back or not (row.switched_off or row.id in taken):
            continue
        said = _by_whom(case, row)
        back = taken.get(row.id)
        if not row.switched_off or row.says_why or not _stands(session):
            hint = _("to restore it on purpose: {command}").format(command=back) if back else None
            return case.judged(State.WITHDRAWN, said, hint=hint)
        statement = statements.activate_row(row.id)
        if case.story.structure.hides_new_rows:
            return _hidden_as_written(case, said, statement)
        return case.judged(
            State.MISSING,
            _("{said}; its payment stands").format(said=said),
            "data.deactivated",
            # The statement stands last, the command between marks: each is pasted without its surroundings.
            hint=_("; ").join(
                (
                    *([_("to restore it on purpose: `{command}`").format(command=back)] if back else ()),
                    _("unless somebody meant it, in the SQL editor: {statement}").format(statement=statement),
                )
            ),
        )
    return None


def _stands(session: Payment | None) -> bool:
    """Whether the money of a session is there for every module that it names."""
    return session is not None and is_due(session) and not partly_settled(session)


def _hidden_as_written(case: Case, claim: str, statement: str) -> Judged:
    """New rows are hidden by the table's own trigger: first that, then this row."""
    found = structural(case, claim, case.story.structure.hides_new_rows)
    return replace(
        found,
        hint=_("{first}; then, in the SQL editor: {statement}").format(first=found.hint, statement=statement),
    )


def _misplaced(case: Case, kind: str, one: Access | Token) -> Judged:
    names = {"kind": kind, "id": one.id}
    causes = case.story.structure.causes(PAGE)
    if case.owner is None and causes:
        return structural(case, _("{kind} {id} is there").format(**names), causes)
    if case.owner is None and "@" not in one.owner:
        because, why, hint = without_profile(case.story)
        text = _("{kind} {id} is there, but {why}").format(**names, why=why)
        return case.judged(State.MISSING, text, because, hint=hint)
    if "@" in one.owner:
        return case.judged(
            State.MISSING,
            _("{kind} {id} belongs to an e-mail address instead of the profile's id").format(**names),
            "data.orphans",
            hint=_("set its owner to the id of the profile, by hand"),
        )
    if one.owner.strip(" ").lower() == case.owner:
        is_access = isinstance(one, Access)
        table = "module_access" if is_access else "access_tokens"
        return case.judged(
            State.MISSING,
            _(
                "{kind} {id} has its owner's id in other letters (capitals, blanks), and the app compares"
                " exactly"
            ).format(**names),
            "data.owner-form",
            commands=() if is_access else (case.tools.command("backfill"),),
            hint=_("in the SQL editor: {statements}").format(
                statements=statements.right_owner(table, one.id)
            ),
        )
    doubled = case.story.people.doubled if case.story.people else ()
    return case.judged(
        State.MISSING,
        _("{kind} {id} belongs to the id {owner}, not to the profile that the page finds").format(
            **names, owner=case.tools.shown.text(one.owner)
        ),
        PROFILE_EMAIL if one.owner in {twin.id for twin in doubled} else None,
        hint=_("find out which of the two profiles is the customer's; nothing is moved on a guess"),
    )


def _by_whom(case: Case, row: Access) -> str:
    fields = ("deactivated_by", "revoked_by", "withdrawn_by", "disabled_by", "removed_by", "cancelled_by")
    by = next((row.metadata[name] for name in fields if row.metadata.get(name)), None)
    names = {"id": row.id, "day": words.when(row.updated)}
    if row.term.over:
        return _("access {id} was ended before its term; its end was set to {ends}").format(
            id=row.id, ends=words.when(row.term.ends)
        )
    if by is None:
        return _(
            "access {id} was deactivated before its end; last changed on {day}, by whom is not noted"
        ).format(**names)
    return _("access {id} was deactivated before its end by {whom}; last changed on {day}").format(
        **names, whom=case.tools.shown.text(str(by))
    )


def _is_theirs(case: Case, owner: str) -> bool:
    people = case.story.people
    return people is not None and (owner.strip().lower() in people.owners or same(owner, people.email))
