"""Judges the address of the site by its look (failure F10 of the catalogue)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from iahome_fix.i18n import _
from iahome_fix.settings import names
from iahome_fix.settings.kinds import Kind, kind_of
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
from iahome_fix.settings.web_address import has_more_than_a_host, is_local_name, is_loopback_literal, split

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iahome_fix.settings.model import Value

_SAMPLE_HOST = re.compile(
    r"(?:.+\.)?example\.(?:com|org|net)|(?:.+\.)?(?:your|votre)[-_]?(?:domain|domaine|site|app|url)[a-z-]*(?:\..+)?"
)


def site_url(
    value: Value | None, others: Iterable[Value] = (), stripe_mode: str | None = None
) -> tuple[Stain, ...]:
    """The address of the deployed app: https, no path, and the same under all its names.

    Args:
        value: the variable.
        others: the further names of the same address (APP, BASE, SITE) that are set, each by itself.
        stripe_mode: "live" makes an address on this machine wrong: the buyer would come back to nothing.
    """
    if value is None or value.is_blank:
        stain = missing(names.SITE_URL, value)
        return (Stain(stain.code, "warn", stain.sentence),)
    all_values = [value, *(o for o in others if not o.is_blank and o.source.name != value.source.name)]
    found = [stain for one in all_values for stain in _one(one, stripe_mode)]
    found += (s for s in around(names.SITE_URL, value) if s.code == "alias-first")
    origins = {_origin(one) for one in all_values}
    if len(origins) > 1:
        listed = ", ".join(one.source.name for one in all_values)
        sentence = _("{names} do not name the same site.").format(names=listed)
        found.append(Stain("disagree", "warn", sentence))
    return tuple(found)


def _one(value: Value, stripe_mode: str | None) -> list[Stain]:
    text = clean(value.text)
    found = list(around(value.source.name, value))
    kind = kind_of(text)
    url = split(text)
    host = url.hostname or "" if url else ""
    if kind is not None and kind is not Kind.WEB:
        found.append(wrong_kind(value, kind))
    elif is_placeholder(text) or _SAMPLE_HOST.fullmatch(host):
        found.append(placeholder(value))
    elif url is None:
        found.append(failing("not-a-url", _("{name} is not a web address starting with https://."), value))
    else:
        if is_local_name(host):
            sentence = _("{name} is an address of this machine.")
            if stripe_mode == "live":
                sentence = _("{name} is an address of this machine, but the Stripe key is a live key.")
                found.append(failing("localhost", sentence, value))
            else:
                found.append(warning("localhost", sentence, value))
        elif url.scheme == "http" and not is_loopback_literal(host):
            found.append(warning("not-https", _("{name} should start with https://."), value))
        if has_more_than_a_host(url):
            found.append(
                warning("has-path", _("{name} has more than a host; the app adds the path itself."), value)
            )
    return found


def _origin(value: Value) -> tuple[str, str, int | None] | str:
    url = split(clean(value.text))
    return (url.scheme, url.hostname or "", url.port) if url else clean(value.text).rstrip("/")
