"""The variables that the handler and the page read, against those that the env files state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from iahome_fix.checks import needed
from iahome_fix.checks.registry import check
from iahome_fix.checks.site import deliveries
from iahome_fix.errors import ToolError
from iahome_fix.facts import sales
from iahome_fix.facts.seen import Seen
from iahome_fix.facts.webhook import answer_at, judged_url, rightly_signed
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, fail, ok, skipped, unknown, warn
from iahome_fix.settings import names
from iahome_fix.settings.stated import by_meaning
from iahome_fix.source import app as source_app
from iahome_fix.source.app import App
from iahome_fix.source.edits import Edit, diff
from iahome_fix.source.variables import Read, read_by_handler, read_by_page, renamed

_NO_HANDLER = (404, 405)
_SECRETS = (names.SIGNING_KEY, names.STRIPE_KEY, names.SERVICE_KEY)


@check(
    "site.source-variables",
    N_("the handler reads variables that are set"),
    beside=(*needed.READING, *needed.WRITING),
    queries=sales.QUERIES,
)
def source_variables(ctx: Seen) -> Finding:
    """A variable that nobody sets is undefined: every signature is refused, or no client can be made.

    Found by: the variables from which the webhook's handler takes the signing secret, Stripe's key, and the
    address and key of Supabase, followed through names and imports, against the names that the env files and
    the environment state. It fails where the deployed app answers as one that lacks it; where an event that
    is signed with the local secret is taken, or deliveries left rows, the deployment has it under the
    handler's name. Otherwise it is a warning: a deployment may have variables that no file here states.
    Repair: the name of the handler in the env file of the server (or the file's name in the code: the diff),
    then restart it; `reconcile` for the customers.
    Never: put NEXT_PUBLIC_ in front of a secret; write the secret into the code.
    """
    app = source_app.app(ctx)
    read = read_by_handler(app)
    missing = [one for one in read if not _is_stated(ctx, app, one)]
    untold = [one for one in missing if not by_meaning(ctx.settings.stated, one.meaning)]
    found = [one for one in missing if one not in untold]
    facts: dict[str, Any] = {
        "read": [{"names": list(one.names), "at": one.at.where} for one in read],
    }
    if not read:
        return unknown(
            _("which variables {path} reads could not be seen in the source").format(
                path=source_app.handler(app).path
            )
        )
    if not found and untold:
        first = untold[0]
        return skipped(
            _("{where} reads {name}, which no env file states; the deployment has to have it").format(
                where=first.at.where, name=first.names[0]
            ),
            variables=[one.names[0] for one in untold],
            **facts,
        )
    if not found:
        return ok(
            _("every variable that the source reads there is stated: {names}").format(
                names=", ".join(_of_each(ctx, read))
            ),
            **facts,
        )
    if all(_is_proved(ctx, one) for one in found):
        return ok(
            _("the deployed app has {names}, which the env files name otherwise").format(
                names=", ".join(one.names[0] for one in found)
            ),
            **facts,
        )
    shown = [one for one in found if not _is_proved(ctx, one)]
    confirmed = [one for one in shown if _is_confirmed(ctx, one)]
    corrected = diff(_edits(ctx, shown))
    if corrected:
        facts["diff"] = corrected
    return (fail if confirmed else warn)(
        _("; ").join(_sentence(ctx, one) for one in confirmed or shown),
        hint=_hint(ctx, (confirmed or shown)[0]),
        **facts,
    )


@check("site.source-page-variables", N_("the page reads variables that a browser has"))
def source_page_variables(ctx: Seen) -> Finding:
    """What a visitor's browser loads has variables only where their names begin with NEXT_PUBLIC_.

    Found by: the clients of Supabase that are made when the scripts of the page /encours are loaded (files
    with 'use client', in the pages router what the component uses, and what these import). One whose address
    or key comes from another variable is made with nothing and throws, and the page stays empty. A name that
    begins with NEXT_PUBLIC_ and that no env file states while another one holds the value is a warning.
    Repair: the public key under its NEXT_PUBLIC_ name; a client with the server's key in a file of its own,
    which only the server imports. Then build and deploy again.
    Never: put NEXT_PUBLIC_ in front of the service role key: every visitor gets it.
    """
    app = source_app.app(ctx)
    if app.page is None:
        return unknown(_("the source has no page {path}").format(path=app.profile.page.path))
    read = read_by_page(app)
    absent = [one for one in read if not any(names.is_public(name) for name in one.names)]
    absent = [one for one in absent if not any(renamed(app.checkout, name) for name in one.names)]
    if absent:
        facts: dict[str, Any] = {"read": [{"names": list(one.names), "at": one.at.where} for one in absent]}
        corrected = diff(_public(absent))
        if corrected:
            facts["diff"] = corrected
        return fail(
            _("; ").join(
                _(
                    "{where} reads {name}, which no browser has: the client is made with nothing and throws"
                ).format(where=one.at.where, name=one.names[0])
                for one in absent
            ),
            hint=_("move it into a file that only the server imports")
            if absent[0].meaning == names.SERVICE_KEY
            else _("read {name} there").format(name=absent[0].meaning),
            **facts,
        )
    public = [one for one in read if names.is_public(one.names[0])]
    other = [one for one in public if not _is_stated(ctx, app, one)]
    other = [one for one in other if by_meaning(ctx.settings.stated, one.meaning)]
    if other:
        return warn(
            _("; ").join(_sentence(ctx, one) for one in other),
            hint=_("the name has to be the same when the app is built"),
            read=[{"names": list(one.names), "at": one.at.where} for one in other],
        )
    return ok(_("what the page's scripts read begins with NEXT_PUBLIC_"))


def _is_stated(ctx: Seen, app: App, one: Read) -> bool:
    stated = ctx.settings.stated
    return any(
        name in stated or any(other in stated for other in renamed(app.checkout, name)) for name in one.names
    )


def _of_each(ctx: Seen, read: Iterable[Read]) -> Iterator[str]:
    for one in read:
        yield next((name for name in one.names if name in ctx.settings.stated), one.names[0])


def _is_proved(ctx: Seen, one: Read) -> bool:
    """Whether the deployed app has shown that it has the variable."""
    if deliveries.work(ctx) is not None:
        return True
    return one.first and _signed(ctx) is True


def _is_confirmed(ctx: Seen, one: Read) -> bool:
    """Whether the deployed app answers, or acts, as one that lacks it."""
    signed = _signed(ctx)
    answer = answer_at.or_why(ctx, judged_url(ctx))
    crashed = not isinstance(answer, ToolError) and answer.status is not None and answer.status >= 500
    if one.first:
        return crashed or (one.meaning == names.SIGNING_KEY and signed is False)
    if signed is not True or ctx.failed(*needed.READING, *needed.WRITING):
        return False
    owed = sales.unexplained.or_why(ctx)
    return not isinstance(owed, ToolError) and bool(owed)


def _signed(ctx: Seen) -> bool | None:
    """Whether the site takes an event that is signed with the local secret; None where that was not tried."""
    answer = rightly_signed.or_why(ctx, judged_url(ctx))
    if isinstance(answer, ToolError) or answer.status is None:
        return None
    if answer.accepted:
        return True
    return False if answer.status >= 400 and answer.status not in _NO_HANDLER else None


def _sentence(ctx: Seen, one: Read) -> str:
    others = by_meaning(ctx.settings.stated, one.meaning)
    return _("{where} reads {name}, and the env files state {other} ({place}) instead").format(
        where=one.at.where,
        name=one.names[0],
        other=others[0],
        place=ctx.settings.stated[others[0]].source.place,
    )


def _hint(ctx: Seen, one: Read) -> str:
    other = by_meaning(ctx.settings.stated, one.meaning)[0]
    if names.is_public(other) and one.meaning in _SECRETS:
        return _(
            "name it {name} in the env file of the server, and replace the secret first: what begins with"
            " NEXT_PUBLIC_ goes to every visitor"
        ).format(name=one.names[0])
    if names.is_public(one.names[0]) and one.meaning in _SECRETS:
        return _("read {other} in the code: what begins with NEXT_PUBLIC_ goes to every visitor").format(
            other=other
        )
    return _("name it {name} on the server, too, or read {other} in the code; then restart it").format(
        name=one.names[0], other=other
    )


def _public(absent: Sequence[Read]) -> Iterator[Edit]:
    """The public name in the code; never for the server's key."""
    for one in absent:
        node = one.at.node
        if names.is_public(one.meaning) and node.text.count(one.names[0]) == 1:
            yield Edit(one.at.file, node.start, node.end, node.text.replace(one.names[0], one.meaning))


def _edits(ctx: Seen, found: Sequence[Read]) -> Iterator[Edit]:
    """The env file's name in the code, unless that one would go to every visitor."""
    for one in found:
        other = by_meaning(ctx.settings.stated, one.meaning)[0]
        node = one.at.node
        if names.is_public(other) and not names.is_public(one.names[0]):
            continue
        if node.text.count(one.names[0]) == 1:
            yield Edit(one.at.file, node.start, node.end, node.text.replace(one.names[0], other))
