"""What is wrong with a value: the words for it, and the stains that a value of any kind can have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from iahome_fix.i18n import _
from iahome_fix.settings import names
from iahome_fix.settings.kinds import in_words
from iahome_fix.settings.model import clean, is_blank_character
from iahome_fix.settings.names import ALIASES

if TYPE_CHECKING:
    from iahome_fix.settings.kinds import Kind
    from iahome_fix.settings.model import Value

Severity = Literal["fail", "warn"]


@dataclass(frozen=True)
class Stain:
    """One thing wrong with a value.

    Attributes:
        code: a stable word ("missing", "placeholder", "white-space", …).
        severity: "fail" when the value cannot work, otherwise "warn".
        sentence: for a person; holds names and places, never a value.
    """

    code: str
    severity: Severity
    sentence: str


def failing(code: str, sentence: str, value: Value) -> Stain:
    """A stain that keeps the value from working; `{name}` in the sentence is the variable."""
    return Stain(code, "fail", sentence.format(name=value.source.name))


def warning(code: str, sentence: str, value: Value) -> Stain:
    """A stain that is worth knowing; `{name}` in the sentence is the variable."""
    return Stain(code, "warn", sentence.format(name=value.source.name))


def missing(canonical: str, value: Value | None) -> Stain:
    """The stain of a variable that is not set, or set to nothing."""
    if value is None:
        return Stain("missing", "fail", _("{name} is not set.").format(name=canonical))
    sentence = _("{name} is set to nothing ({place}).")
    hidden = [s.place for s in value.shadows if s.name == value.source.name]
    if hidden:
        sentence = _("{name} is set to nothing ({place}), which hides {hidden}.")
    text = sentence.format(name=value.source.name, place=value.source.place, hidden=", ".join(hidden))
    return Stain("missing", "fail", text)


def wrong_kind(value: Value, kind: Kind) -> Stain:
    """The stain of a variable that holds a key of another kind."""
    sentence = _("{name} holds {kind}, which does not belong there.")
    return Stain("wrong-kind", "fail", sentence.format(name=value.source.name, kind=in_words(kind)))


def around(canonical: str, value: Value, severity: Severity = "fail") -> tuple[Stain, ...]:
    """The stains that do not depend on the kind: white space, line breaks, quotes, a name that hides another.

    Args:
        canonical: the variable's canonical name.
        value: what the app reads; it does not strip, so each stain becomes part of the key or address.
        severity: "warn" for what only this tool reads, since it does strip.
    """
    name, text = value.source.name, value.text
    found = []
    if "\n" in text or "\r" in text or text.rstrip("'\"` ").endswith(("\\n", "\\r")):
        found.append(Stain("newline", severity, _("{name} holds a line break.").format(name=name)))
    without_breaks = text.replace("\r", "").replace("\n", "")
    if any(is_blank_character(c) for c in without_breaks):
        found.append(Stain("white-space", severity, _("{name} holds white space.").format(name=name)))
    if _has_quotes(text):
        found.append(Stain("quotes", severity, _("{name} holds the quotes around it.").format(name=name)))
    if canonical in _KEYS and any(not c.isascii() and not is_blank_character(c) for c in text):
        said = _("{name} holds a character that no key has (an accent, a typographic sign).")
        found.append(Stain("odd-character", severity, said.format(name=name)))
    if name != canonical and (hidden := [s.place for s in value.shadows if s.name == canonical]):
        sentence = _("{name} ({place}) is used instead of {canonical} ({hidden}).")
        text = sentence.format(
            name=name, place=value.source.place, canonical=canonical, hidden=", ".join(hidden)
        )
        found.append(Stain("alias-first", "warn", text))
    return tuple(found)


_KEYS = frozenset(
    {
        names.SERVICE_KEY,
        names.ANON_KEY,
        names.STRIPE_KEY,
        names.SIGNING_KEY,
        names.PUBLISHABLE_KEY,
        names.MANAGEMENT_KEY,
    }
)


def _has_quotes(text: str) -> bool:
    """Whether `clean` takes a quote away from an end."""
    start, end = text.lstrip()[:1], text.rstrip()[-1:]
    cleaned = clean(text)
    return any(q and q in "'\"`" and text.count(q) > cleaned.count(q) for q in (start, end))


_PREFIX = re.compile(r"(?:sk|rk|rkcs|pk)_(?:live|test)_|sk_org_?|whsec_|sb_secret_|sb_publishable_|sbp_")
_WHOLE = re.compile(r"<.*>|\[.*\]|\{\{.*\}\}|\$\{?\w+\}?|[Xx*•._-]{3,}|[Xx]+(?:[-_][Xx]+)+", re.DOTALL)
_CUT_SHORT = re.compile(r"\.\.\.|…|\*{3,}|•{2,}")
_ALONE = re.compile(
    r"(?i)undefined|null|none|nil|n/a|todo|tbd|fixme|change[-_]?me|replace[-_]?me|placeholder|example|dummy|test"
    r"|secret|token|key|password"
)
_FIRST = re.compile(
    r"(?i)your|my|the|votre|ta|ton|replace|remplace[rz]?|changez?|insert|enter|paste|put|add|set"
    r"|placeholder|example|dummy|fake|todo"
)
_LAST = re.compile(r"(?i)here|ici|goes|placeholder")


def is_placeholder(text: str) -> bool:
    """Whether a key is one that a person was meant to replace.

    Only whole patterns count (`your_key_here`, `<key>`, `xxxx`, `sk_live_…`), so that no real key, however
    its random part falls out, is taken for one: the words must be plain words in one case each.
    """
    prefix = _PREFIX.match(text)
    body = text[prefix.end() :] if prefix else text
    if not body or _CUT_SHORT.search(text) or _WHOLE.fullmatch(body) or _ALONE.fullmatch(body):
        return True
    words = re.split(r"[-_ ]", body)
    if len(words) < 2 or not all(w.isalpha() and (w.islower() or w.isupper() or w.istitle()) for w in words):
        return False
    return bool(_FIRST.fullmatch(words[0]) or _LAST.fullmatch(words[-1]))


def placeholder(value: Value) -> Stain:
    """The stain of a value that still is the example of a template."""
    return failing("placeholder", _("{name} holds a placeholder, not a real value."), value)


def alias_names(canonical: str) -> tuple[str, ...]:
    """All names of a variable, the canonical one first."""
    return (canonical, *ALIASES[canonical])
