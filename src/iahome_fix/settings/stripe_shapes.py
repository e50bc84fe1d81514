"""Judges the variables of Stripe by their look (failures F05 to F09 of the catalogue)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.i18n import _
from iahome_fix.settings import names
from iahome_fix.settings.kinds import Kind, kind_of, stripe_mode
from iahome_fix.settings.model import clean
from iahome_fix.settings.stains import (
    Stain,
    around,
    failing,
    is_placeholder,
    missing,
    placeholder,
    warning,
    wrong_kind,
)

if TYPE_CHECKING:
    from iahome_fix.settings.model import Value

_ORGANISATION = "sk_org"


def stripe_secret_key(value: Value | None, publishable: Value | None = None) -> tuple[Stain, ...]:
    """The key of the Stripe API: secret, restricted or of an organisation, in the mode of `publishable`."""
    if value is None or value.is_blank:
        return (missing(names.STRIPE_KEY, value),)
    text = clean(value.text)
    found = list(around(names.STRIPE_KEY, value))
    kind = kind_of(text)
    mode = stripe_mode(text)
    if is_placeholder(text):
        found.append(placeholder(value))
    elif kind is not None and kind is not Kind.STRIPE_PRIVATE:
        found.append(wrong_kind(value, kind))
    elif mode is None and not text.startswith(_ORGANISATION):
        found.append(warning("unknown-shape", _("{name} does not look like a Stripe secret key."), value))
    other = stripe_mode(clean(publishable.text)) if publishable else None
    if kind is Kind.STRIPE_PRIVATE and publishable and mode and other and mode != other:
        sentence = _("{name} is a {mode} key, but {other_name} is a {other} key.")
        found.append(
            Stain(
                "mode-mismatch",
                "fail",
                sentence.format(
                    name=value.source.name, mode=mode, other_name=publishable.source.name, other=other
                ),
            )
        )
    return tuple(found)


def stripe_webhook_secret(value: Value | None) -> tuple[Stain, ...]:
    """The secret that signs the events: `whsec_…`. White space around it makes every signature wrong."""
    if value is None or value.is_blank:
        return (missing(names.SIGNING_KEY, value),)
    text = clean(value.text)
    found = list(around(names.SIGNING_KEY, value))
    kind = kind_of(text)
    if is_placeholder(text):
        found.append(placeholder(value))
    elif kind is None:
        found.append(failing("wrong-prefix", _("{name} does not start with whsec_."), value))
    elif kind is not Kind.STRIPE_SIGNING:
        found.append(wrong_kind(value, kind))
    return tuple(found)


def stripe_publishable_key(value: Value | None) -> tuple[Stain, ...]:
    """The Stripe key of the visitors: `pk_…`. It may be absent: the app can sell without it."""
    if value is None or value.is_blank:
        return ()
    text = clean(value.text)
    found = list(around(names.PUBLISHABLE_KEY, value))
    kind = kind_of(text)
    if is_placeholder(text):
        found.append(placeholder(value))
    elif kind in (Kind.STRIPE_PRIVATE, Kind.STRIPE_SIGNING):
        sentence = _("The secret key is in a public variable ({name}): every visitor can read it.")
        found.append(failing("secret-in-public", sentence, value))
    elif kind is None:
        found.append(
            warning("unknown-shape", _("{name} does not look like a Stripe publishable key."), value)
        )
    elif kind is not Kind.STRIPE_PUBLISHABLE:
        found.append(wrong_kind(value, kind))
    return tuple(found)
