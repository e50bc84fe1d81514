"""Whether Stripe takes the checkouts that the source asks for."""

from __future__ import annotations

from typing import Any

from iahome_fix.checks.registry import check
from iahome_fix.facts.seen import Seen
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.model import Finding, fail, ok, warn
from iahome_fix.source import app as source_app
from iahome_fix.source.edits import diff
from iahome_fix.source.following import Placed
from iahome_fix.source.metadata import sessions_of
from iahome_fix.source.sdk import refusals, spoken


@check("site.source-checkout", N_("Stripe takes the checkouts that the source asks for"))
def source_checkout(ctx: Seen) -> Finding:
    """A parameter that the API no longer knows ends the checkout before the customer has seen it.

    Found by: what every `checkout.sessions.create` of the source passes, against the version of the API that
    its client speaks: `apiVersion`, else what the major version of stripe-node in the lock file (or in
    package.json) pins. Since 2026-09-30.endive `payment_method_types` is refused, since 2026-03-25.dahlia the
    old words of `ui_mode`, since 2022-08-01 prices outside of `price_data`; in every version the data of
    another mode. Where only some checkouts are refused that name no module, it is a warning.
    Repair: the diff of the finding; deploy it. Nobody paid, so nobody waits.
    Never: pin an older `apiVersion` for ever; take the package back without its lock file.
    """
    app = source_app.app(ctx)
    made = sessions_of(app.checkout, app.follower)
    refused = []
    every, serious = True, False
    for session in made:
        call = Placed(session.file, session.call)
        found = list(refusals(app.follower, session, spoken(app.follower, app.checkout, app.root, call)))
        serious = serious or bool(found and session.module_keys)
        every = every and bool(found)
        refused += found
    facts: dict[str, Any] = {"checkouts": [session.where for session in made]}
    if not refused:
        return ok(
            ngettext(
                "{count} checkout, and nothing in it that Stripe is known to refuse",
                "{count} checkouts, and nothing in them that Stripe is known to refuse",
                len(made),
            ).format(count=len(made)),
            **facts,
        )
    corrected = diff(edit for refusal in refused for edit in refusal.edits)
    facts |= {"diff": corrected} if corrected else {}
    return (fail if serious or every else warn)(
        "; ".join(dict.fromkeys(refusal.sentence for refusal in refused)),
        hint=_("correct it in the code and deploy it"),
        **facts,
    )
