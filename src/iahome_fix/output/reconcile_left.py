"""What the plan of a reconcile leaves for a person, and what that person does."""

from __future__ import annotations

from collections.abc import Iterator

from iahome_fix.i18n import _, ngettext
from iahome_fix.masks import printable
from iahome_fix.output.screen import Screen
from iahome_fix.repairs.reconcile.plan import UNKNOWN_TERM, ReconcilePlan


def show_left(screen: Screen, plan: ReconcilePlan) -> None:
    """One entry for each kind of payment that a person has to look at; nothing where there is none."""
    left = tuple(_left(plan))
    if left:
        screen.line()
        screen.line(_("for a person to look at:"), "title")
    for text in left:
        screen.line(text, indent=4, first="  -")


def _left(plan: ReconcilePlan) -> Iterator[str]:
    count = plan.counts.get
    if plan.over_customers:
        yield ngettext(
            "{count} customer paid for a term that is over: if the page showed nothing then,"
            " --from now gives the term from today",
            "{count} customers paid for terms that are over: if the page showed nothing then,"
            " --from now gives each the term from today",
            plan.over_customers,
        ).format(count=plan.over_customers)
    if count("unknown_customer") or count("no_email"):
        yield _(
            "payers without a profile: ask them (the address is in Stripe) which login they use,"
            " and insert their access by hand with the session's id in metadata: that counts as"
            " served"
        )
    if count("ambiguous_customer"):
        yield _(
            "payments that lead to several profiles: only a person can say whose they are; insert"
            " the access by hand with the session's id in metadata: that counts as served"
        )
    if count("no_module", 0) > plan.warnings.get("not_from_app", 0):
        yield _(
            "payments that name no module: look in Stripe what was sold, and give it by hand;"
            " understood here are {keys}"
        ).format(keys=", ".join(plan.profile.checkout.modules))
    if count("unknown_module"):
        yield _("modules that do not exist: restore them under their old id, then run this again")
    unknown = {(sold.module or "", "|".join(sold.candidates)) for sold in plan.of(UNKNOWN_TERM)}
    if unknown:
        yield _(
            "payments whose term is not known: no row of the webhook tells it, or rows of one time tell"
            " different ones; say how long each module was sold for: {options}"
        ).format(
            options=" ".join(
                f"--access-duration {printable(module)}={spans}" for module, spans in sorted(unknown)
            )
        )
    if count("unclear"):
        yield _(
            "payments whose charge this key does not show: give the key the permission to read it (for"
            " subscriptions rak_invoice_read), or look in Stripe whether they were refunded;"
            " --include-unclear grants them all"
        )
    if plan.warnings.get("waiting_token"):
        yield _("tokens without an access: backfill gives it, and it lasts longer than what was bought")
