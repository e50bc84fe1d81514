"""What a customer's story was judged by: the account, payments, tokens, accesses and the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iahome_fix import figures
from iahome_fix.explain import words
from iahome_fix.explain.looking import ENDPOINT
from iahome_fix.explain.page import NO_LOGIN
from iahome_fix.explain.payments import Delivery, Money, money_of
from iahome_fix.facts.webhook import shown as shown_url
from iahome_fix.i18n import _, joined, ngettext
from iahome_fix.systems.stripe_objects import COMPLETED

if TYPE_CHECKING:
    from iahome_fix.explain.account import Bought
    from iahome_fix.explain.privacy import Shown
    from iahome_fix.explain.rows import Access, Token
    from iahome_fix.explain.story import Story
    from iahome_fix.output.screen import Screen

COLUMN = 11
_MOST = 4


@dataclass(frozen=True)
class Entry:
    """One thing of a list: its line, how it looks, lines below it, and what of it has a page of its own."""

    text: str
    style: str | None = None
    more: tuple[str, ...] = ()
    things: tuple[str, ...] = ()


def show_customer(screen: Screen, story: Story, shown: Shown) -> None:
    """Profile and login, and everything that nearly is one."""
    people = story.people
    if people is None:
        return
    profile, login = people.profile, people.login
    if profile is not None and people.logins is None:
        text = _("profile {id}; the logins may not be read").format(id=profile.id)
    elif profile is not None and login is not None and login.id == profile.id:
        text = _("profile and login {id}").format(id=profile.id)
    elif profile is not None:
        text = _("profile {id}").format(id=profile.id)
    elif login is not None:
        text = _("login {id}, without a profile").format(id=login.id)
    else:
        text = _("no profile and no login has this address")
    misses = [Entry(miss.said(shown.email), "warn") for miss in story.near]
    show_entries(screen, _("customer"), [Entry(text), *misses])


def show_facts(screen: Screen, story: Story, shown: Shown, *, verbose: bool) -> None:
    """Everything else, as much of it as fits; all of it when verbose."""
    most = None if verbose else _MOST
    if story.bought is not None:
        payments = [_payment(story, one, shown, verbose=verbose) for one in story.bought]
        show_entries(screen, _("payments"), payments, most=most)
        text = _("(since {day} in any field and letters; older: only as typed)")
        screen.line(text.format(day=figures.day(story.since)), "quiet", indent=COLUMN)
        _endpoint(screen, story)
    if story.tokens is not None:
        show_entries(screen, _("tokens"), [_token(story, token, shown) for token in story.tokens], most=most)
    if story.accesses is not None:
        accesses = [_access(story, access, shown, verbose=verbose) for access in story.accesses]
        show_entries(screen, _("accesses"), accesses, most=most)
    _page(screen, story)


def show_entries(screen: Screen, title: str, entries: Sequence[Entry], *, most: int | None = None) -> None:
    """The entries under each other, the title before the first of them; at most so many, None for all."""
    if not entries:
        screen.line(_("none"), "quiet", indent=COLUMN, first=title)
        return
    for number, entry in enumerate(entries[:most]):
        screen.line(entry.text, entry.style, indent=COLUMN, first="" if number else title)
        for line in entry.more:
            screen.line(line, "quiet", indent=COLUMN + 2)
        for thing in entry.things:
            screen.page(thing, indent=COLUMN + 2)
    left = len(entries) - len(entries[:most])
    if left:
        text = ngettext("and {count} more (--verbose)", "and {count} more (--verbose)", left)
        screen.line(text.format(count=left), "quiet", indent=COLUMN)


def _payment(story: Story, one: Bought, shown: Shown, *, verbose: bool) -> Entry:
    session = one.session
    money = money_of(session)
    word = words.money_word(money)
    if money is Money.PARTLY_REFUNDED and session.currency:
        word += f" ({words.in_currency(session.refunded_amount, session.currency)})"
    modules = ", ".join(session.modules) or (_("a token pack") if session.is_token_pack else _("no module"))
    bought = _("for {modules}").format(modules=shown.text(modules))
    text = f"{words.when(session.moment)} {words.amount(session):>10}  {word} {bought}"
    delivery = _delivery(story, one)
    more: list[str] = []
    things: list[str] = []
    if verbose:
        more.append(session.id)
        things = [session.id, *(event.id for event in story.events.about(session))]
        more += [f"{shown.text(name)} = {shown.email(value)}" for name, value in one.named_in]
        more += [
            _("{id} {type} {day}, waits for {count}").format(
                id=event.id, type=event.type, day=words.when(event.created), count=event.pending_webhooks
            )
            for event in story.events.about(session)
        ]
    return Entry(joined(text, delivery) if delivery else text, None, tuple(more), tuple(things))


def _delivery(story: Story, one: Bought) -> str:
    event = story.events.completed(one.session)
    waiting = event.pending_webhooks if event else 0
    texts = {
        Delivery.SETTLED: _("no delivery waits"),
        Delivery.PENDING: ngettext("{count} delivery waits", "{count} deliveries wait", waiting).format(
            count=waiting
        ),
        Delivery.NO_EVENT: _("no event"),
        Delivery.FORGOTTEN: _("event older than the 30 days kept"),
        Delivery.UNKNOWN: _("event not read"),
        Delivery.NOT_DUE: "",
    }
    return texts[story.events.delivery(one.session)]


def _endpoint(screen: Screen, story: Story) -> None:
    endpoint = story.events.endpoint
    if endpoint is None:
        if story.why_unseen(ENDPOINT) is None:
            screen.line(_("none for this site"), "warn", indent=COLUMN, first=_("endpoint"))
        return
    gets = endpoint.receives(COMPLETED)
    text = _("{url}, {status}, gets the event") if gets else _("{url}, {status}, does not get the event")
    screen.line(
        text.format(url=shown_url(endpoint.url), status=endpoint.status or "?"),
        None if endpoint.enabled and gets else "warn",
        indent=COLUMN,
        first=_("endpoint"),
    )


def _token(story: Story, token: Token, shown: Shown) -> Entry:
    text = _("{module}: token {id}, {state}{foreign}")
    return Entry(
        text.format(
            module=_id(token.module), id=token.id, state=_state(token), foreign=_foreign(story, token, shown)
        )
    )


def _access(story: Story, access: Access, shown: Shown, *, verbose: bool) -> Entry:
    text = _("{module}: access {id}, {state}{foreign}{origin}").format(
        module=_id(access.module),
        id=access.id,
        state=_state(access),
        foreign=_foreign(story, access, shown),
        origin=_origin(access),
    )
    metadata = shown.tree(access.metadata) if verbose else {}
    return Entry(text, None, tuple(f"{name} = {value}" for name, value in metadata.items()))


def _state(one: Access | Token) -> str:
    if one.term.over:
        return _("over since {day}").format(day=words.when(one.term.ends))
    if one.active is True:
        return _("active {until}").format(until=words.until(one))
    return _("deactivated")


def _foreign(story: Story, one: Access | Token, shown: Shown) -> str:
    profile = story.people.profile if story.people else None
    if profile is not None and one.owner == profile.id:
        return ""
    owner = shown.email(one.owner) if "@" in one.owner else shown.text(one.owner)
    return _(", of {owner}").format(owner=owner)


def _origin(access: Access) -> str:
    """How the row came to be, as far as it says so."""
    if access.metadata.get("reconciled"):
        return _(", by reconcile")
    if access.token is not None or access.metadata.get("created_from_token"):
        return _(", from token {id}").format(id=access.token or "?")
    return _(", from a payment") if access.session else ""


def _page(screen: Screen, story: Story) -> None:
    page = story.page
    if page is None:
        return
    names = []
    for module in page.modules:
        known = story.modules.get(module)
        names.append(f"{known.title} ({module})" if known and known.title else module)
    if page.error == NO_LOGIN:
        text = _("nobody can sign in with this address")
    elif page.error:
        text = _("ends in an error for this login: {error}").format(error=page.error)
    else:
        text = _("shows {modules}").format(modules=", ".join(names)) if names else _("shows nothing")
    screen.line(text, indent=COLUMN, first=page.path)


def _id(module: str | None) -> str:
    return module if module is not None else _("no module")
