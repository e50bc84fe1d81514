"""Addresses that nearly are the one asked for: named to a person, and nothing is ever given by them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.explain.address import key
from iahome_fix.i18n import _

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context
    from iahome_fix.systems.database import Row

MOST = 5
"""So many are named; whoever has more of them asked for an address that says little."""

_TAKEN_FOR = (
    *zip("авеёкмнорстухіїјѕԁԛԝһӏ", "abeekmhopctyxiijsdqwhl", strict=True),
    *zip("αικνορτυχıłøđɡɑ", "aikvoptuxilodga", strict=True),
    *zip("‐‑–01", "---ol", strict=True),
    *(("ß", "ss"), ("æ", "ae"), ("œ", "oe"), ("rn", "m"), ("vv", "w")),
)
"""What is read as something else on a screen (Unicode TR39, confusables, the letters that addresses have)."""
_WRITTEN_AS = {"o": "[o0]", "l": "[l1]", "m": "(m|rn)", "w": "(w|vv)"}
"""The same for what ASCII alone can write, from the other side."""


class Difference(StrEnum):
    """In what two addresses differ, the likeliest slip first."""

    LOOK_ALIKE = "look-alike"
    SWAPPED = "swapped-letters"
    LETTER = "one-letter"
    DOTS = "dots"
    TAG = "plus-tag"
    DOMAIN = "other-domain"

    @property
    def said(self) -> str:
        """The same for a person."""
        return {
            Difference.LOOK_ALIKE: _("letters that look alike"),
            Difference.SWAPPED: _("two letters are swapped"),
            Difference.LETTER: _("one letter differs"),
            Difference.DOTS: _("dots or hyphens in the name differ"),
            Difference.TAG: _("a part behind a plus sign differs"),
            Difference.DOMAIN: _("another domain"),
        }[self]


@dataclass(frozen=True)
class Near:
    """An address that is nearly the one asked for. `place`: profile, login or payment."""

    difference: Difference
    email: str = field(repr=False)
    place: str
    id: str | None = None

    @property
    def sentence(self) -> str:
        """Where it is and how it differs, with a place for the address."""
        return {
            "profile": _("a profile has {email}: {difference}"),
            "login": _("a login has {email}, no profile: {difference}"),
            "payment": _("a checkout names {email}, no profile: {difference}"),
        }[self.place].replace("{difference}", self.difference.said)


def difference(asked: str, other: str) -> Difference | None:
    """In what two addresses differ; None where they are the same, or have too little in common."""
    one, two = key(asked), key(other)
    if one == two:
        return None
    if skeleton(one) == skeleton(two):
        return Difference.LOOK_ALIKE
    slip = _slip(one, two)
    (name, _at, domain), (other_name, _at, other_domain) = one.rpartition("@"), two.rpartition("@")
    if slip is not None and not (domain == other_domain and bare(name) == bare(other_name)):
        return slip
    if bare(name) != bare(other_name):
        return None
    if domain != other_domain:
        return Difference.DOMAIN
    return Difference.TAG if name.partition("+")[0] == other_name.partition("+")[0] else Difference.DOTS


def skeleton(text: str) -> str:
    """The text with every letter as it is read: accents gone, letters of other scripts as those of ours."""
    plain = unicodedata.normalize("NFKD", text).lower()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    for written, read in _TAKEN_FOR:
        plain = plain.replace(written, read)
    return plain


def bare(name: str) -> str:
    """The part before the @ without what may be left out: a tag behind a plus sign, dots, hyphens."""
    kept = name.partition("+")[0]
    return kept.replace(".", "").replace("-", "").replace("_", "") or name


def near(ctx: Context, asked: str, named: Iterable[str], *, profiles: bool, logins: bool) -> tuple[Near, ...]:
    """The nearest addresses among profiles, logins and `named` (what payments name), each once.

    `profiles`, `logins`: whether the table can be read. One query finds them; it looks at each row once and
    answers with a few. Raises SqlError and CouldNotTell.
    """
    found: dict[str, Near] = {}
    rows: list[Row] = _rows(ctx, asked, profiles=profiles, logins=logins)
    rows += [{"email": one} for one in named]
    for row in rows:
        email = str(row["email"])
        how = difference(asked, email)
        if how is not None:
            identity = str(row["id"]) if row.get("id") else None
            found.setdefault(key(email), Near(how, email, str(row.get("place", "payment")), identity))
    order = list(Difference)
    return tuple(sorted(found.values(), key=lambda one: (order.index(one.difference), one.email)))[:MOST]


def _rows(ctx: Context, asked: str, *, profiles: bool, logins: bool) -> list[Row]:
    places = [name for name, there in (("profiles", profiles), ("logins", logins)) if there]
    if not places:
        return []
    name, _at, domain = key(asked).rpartition("@")
    half = max(len(name) - 1, 0) // 2
    statement = sql.load(f"explain/near_{'_and_'.join(places)}") + sql.load("explain/near")
    return ctx.rows.read(
        statement,
        {
            "asked": key(asked),
            "name": name,
            "domain": domain,
            "bare": bare(name),
            "skeleton": skeleton(key(asked)),
            "head": name[:half],
            "tail": name[half + 1 :],
            "names": _one_off(name),
            "domains": _one_off(domain),
            "alike": _alike(skeleton(key(asked))),
            "foreign": r"[^\x01-\x7f]+",
        },
        patient=True,
    )


def _alike(read: str) -> str:
    """A regular expression (PostgreSQL's) of every ASCII address that has this skeleton."""
    return (
        "^"
        + "".join(
            _WRITTEN_AS.get(c, c if c.isalnum() else f"[{c}]" if c not in "\\^]" else f"\\{c}") for c in read
        )
        + "$"
    )


def _one_off(text: str) -> list[str]:
    """LIKE patterns of every text that is one letter more, less or other away, or two letters swapped."""
    letters = [f"\\{c}" if c in "\\%_" else c for c in text]
    found: dict[str, None] = {}
    for at in range(len(letters) + 1):
        before, after = letters[:at], letters[at:]
        found["".join([*before, "_", *after])] = None
        if after:
            found["".join([*before, *after[1:]])] = None
            found["".join([*before, "_", *after[1:]])] = None
        if len(after) > 1:
            found["".join([*before, after[1], after[0], *after[2:]])] = None
    return list(found)


def _slip(one: str, two: str) -> Difference | None:
    """Whether one letter lies between two texts, or two neighbours that changed places."""
    start = 0
    while start < min(len(one), len(two)) and one[start] == two[start]:
        start += 1
    rest, other = one[start:], two[start:]
    if rest[1:] == other[1:] or rest[1:] == other or rest == other[1:]:
        return Difference.LETTER
    if len(rest) > 1 and rest[1::-1] + rest[2:] == other:
        return Difference.SWAPPED
    return None
