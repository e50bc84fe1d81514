"""What the checkout tells Stripe about a purchase, and what the webhook's handler wants to be told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from iahome_fix.checks.registry import check
from iahome_fix.facts.seen import Seen
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, fail, ok, unknown, warn
from iahome_fix.source import app as source_app
from iahome_fix.source.app import App
from iahome_fix.source.edits import Edit, diff, instead
from iahome_fix.source.following import Placed
from iahome_fix.source.forms import Form, read_as, written_as
from iahome_fix.source.metadata import Read, Session, naming, read_keys, sessions_of
from iahome_fix.source.nodes import text_of
from iahome_fix.source.spelling import WORD
from iahome_fix.systems.stripe_objects import COMPLETED

_PAID = "payment_intent.succeeded"
_ASKS_SESSION = re.compile(r"\bsessions\s*\.\s*(?:list|retrieve|listLineItems)\b")


@check("site.source-metadata", N_("the handler reads the metadata that the checkout writes"))
def source_metadata(ctx: Seen) -> Finding:
    """The module travels in the session's metadata; under a key that the handler does not read it gets lost.

    Found by: the keys of `metadata` in every `checkout.sessions.create` of the source against those that the
    webhook's handler reads. Metadata of payment_intent_data or subscription_data does not count: it is not on
    the session; and the session's is not on the payment, whose event a handler may wait for. Nor does a key
    help whose ids are written in another form (JSON, or with commas) than the handler takes apart. Checkouts
    that name no module (token packs) are left out. Where one checkout fits and another does not, it is a
    warning. Repair: let the handler read every key that was ever written (the diff has the lines), deploy it,
    then `reconcile`.
    Never: edit the metadata of paid sessions to have the handler run once more.
    """
    app = source_app.app(ctx)
    handler = source_app.handler(app)
    reads = [read for file in app.of_handler for read in read_keys(file)]
    wanted = naming(read.key for read in reads)
    made = sessions_of(app.checkout, app.follower)
    made_known = [found for found in made if found.module_keys]
    facts: dict[str, Any] = {
        "handler_reads": sorted({read.key for read in reads}),
        "checkouts": [{"at": found.where, "keys": sorted(found.keys)} for found in made],
    }
    if not made_known:
        return _none_named(made, reads, wanted, facts)
    if not wanted:
        return warn(
            _(
                "the handler ({handler}) reads no key that names a module;"
                " the checkout writes {keys} ({where})"
            ).format(handler=handler.path, keys=_listed(made_known), where=made_known[0].where),
            hint=_("if it hands the session on to something else, look there"),
            **facts,
        )
    lost = [found for found in made_known if found.whole and not found.module_keys & wanted]
    if not lost:
        other = _in_another_form(made_known, reads, facts) or _of_payments(app, made_known, facts)
        if other is not None:
            return other
        return ok(
            _("checkout and handler both know the key {keys}").format(
                keys=", ".join(sorted(wanted & _all(made_known)))
            ),
            **facts,
        )
    return (fail if len(lost) == len(made_known) else warn)(
        _("the checkout writes {keys} ({where}), while the handler reads {wanted} ({handler})").format(
            keys=_listed(lost),
            where="; ".join(found.where for found in lost[:3]),
            wanted=", ".join(sorted(wanted)),
            handler=handler.path,
        ),
        hint=_("let the handler read both; reconcile understands {keys}").format(
            keys=", ".join(ctx.profile.checkout.modules)
        ),
        diff=diff(_both(lost[0], reads)),
        **facts,
    )


def _in_another_form(made: Sequence[Session], reads: Sequence[Read], facts: dict[str, Any]) -> Finding | None:
    """A key that both know, and whose ids the one writes in a form that the other does not read."""
    for session in made:
        for key in sorted(session.module_keys):
            written = written_as(session.keys[key])
            seen = [(read, read_as(read.at.node)) for read in reads if read.key == key]
            forms = {form for _read, form in seen}
            if written is None or not seen or None in forms or written in forms:
                continue
            return fail(
                _(
                    "the checkout writes {key} by {written}() ({where}), while the handler takes it apart by"
                    " {read}() ({at})"
                ).format(
                    key=key,
                    written=written.value,
                    where=session.where,
                    read="split" if written is Form.JSON else "JSON.parse",
                    at=seen[0][0].at.where,
                ),
                hint=_("let the handler read both forms; reconcile understands them"),
                **facts,
            )
    return None


def _of_payments(app: App, made: Sequence[Session], facts: dict[str, Any]) -> Finding | None:
    """A handler that waits for the payment's own event, which does not get the session's metadata."""
    handling = app.handling()
    parts = handling.parts or tuple(Placed(file, file.tree) for file in handling.files)
    strings = {
        text: Placed(part.file, node)
        for part in parts
        for node in part.node.walk()
        if node.kind == "string" and (text := text_of(node)) is not None
    }
    waits = strings.get(_PAID)
    asks = any(_ASKS_SESSION.search(part.node.text) for part in parts)
    sessions = any(text.startswith("checkout.session.") for text in strings)
    if waits is None or sessions or asks or any(naming(one.elsewhere) or not one.whole for one in made):
        return None
    return fail(
        _(
            "the handler waits for {event} ({where}), and the checkout writes {keys} to the session ({at}),"
            " whose metadata a payment does not get"
        ).format(event=_PAID, where=waits.where, keys=_listed(made), at=made[0].where),
        hint=_("wait for {event}; the endpoint has to send it, too (stripe.endpoint-events)").format(
            event=COMPLETED
        ),
        diff=diff([instead(waits.file, waits.node, f"'{COMPLETED}'")]),
        **facts,
    )


def _none_named(
    made: Sequence[Session], reads: Sequence[Read], wanted: frozenset[str], facts: dict[str, Any]
) -> Finding:
    """No session names a module: perhaps its payment or its subscription does."""
    astray = [found for found in made if found.whole and naming(found.elsewhere)]
    if wanted and astray and len(astray) == len(made) and not _asks_elsewhere(reads):
        return fail(
            _(
                "the checkout writes {keys} to the payment or the subscription ({where}), while the handler"
                " reads {wanted} from the session, which does not get them"
            ).format(
                keys=", ".join(sorted(naming(astray[0].elsewhere))),
                where=astray[0].where,
                wanted=", ".join(sorted(wanted)),
            ),
            hint=_("write them into the session's own metadata, too"),
            **facts,
        )
    if wanted and made and all(found.options is None for found in made):
        return unknown(
            _("what the checkout ({where}) tells Stripe could not be read from the source").format(
                where=made[0].where
            ),
            **facts,
        )
    return ok(_("no checkout in the source names a module, so there is nothing to compare"), **facts)


def _asks_elsewhere(reads: Sequence[Read]) -> bool:
    """Whether the handler reads metadata of a payment or a subscription, too."""
    words = ("payment_intent", "paymentIntent", "subscription")
    return any(word in read.at.file.text for read in reads for word in words)


def _both(lost: Session, reads: Sequence[Read]) -> Iterator[Edit]:
    """The handler reading the checkout's key besides its own, where both mean the same."""
    for read in reads:
        written = _same(read.key, lost.module_keys)
        if written is None or read.key not in naming((read.key,)):
            continue
        node = read.at.node
        if node.kind not in ("member_expression", "subscript_expression"):
            continue
        prefix = node.text[: len(node.text) - len(_suffix(node.text, read.key))]
        text = f"({node.text} ?? {prefix}{_suffix(node.text, read.key).replace(read.key, written)})"
        yield Edit(read.at.file, node.start, node.end, text)


def _suffix(text: str, key: str) -> str:
    return text[text.rindex(key) :] if key in text else ""


def _same(key: str, others: Iterable[str]) -> str | None:
    """The key with the same meaning: the same words, be it one or many."""
    return next((other for other in sorted(others) if _words(other) == _words(key)), None)


def _words(name: str) -> tuple[str, ...]:
    return tuple(word.lower().removesuffix("s") for word in WORD.findall(name))


def _all(found: Iterable[Session]) -> frozenset[str]:
    return frozenset(key for one in found for key in one.module_keys)


def _listed(found: Iterable[Session]) -> str:
    return ", ".join(sorted(_all(found)))
