"""`iahome-fix.toml`: which app profile to go by, profiles of one's own, and the findings that are known.

    profile = "my_shop"

    [profiles.my_shop]
    like = "user_applications_month"
    table = {name = "rights", owner = "customer_id"}
    handler = {path = "/api/pay", fills = ["customer_id", "module_id", "expires_at"]}
    term = {usual = "30d", modules = {metube = "90d"}}

What is not stated is as in the profile that `like` names; a section of the name of a known profile changes
that one. The entries `[[ignore]]` are read by `settings/ignored.py`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from iahome_fix.errors import UsageError
from iahome_fix.i18n import _, joined
from iahome_fix.profile import MODULE_ACCESS, PROFILES, AccessTable, AppProfile, Column
from iahome_fix.profile.table import KINDS, WORD
from iahome_fix.settings import ignored
from iahome_fix.settings.ignored import Ignored
from iahome_fix.settings.settings import OPTION
from iahome_fix.settings.toml_reading import PATH, TomlReader, nobody
from iahome_fix.spans import span_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import timedelta
    from pathlib import Path

NAME = "iahome-fix.toml"

_PARTS = ("table", "handler", "checkout", "page", "term")
_COLUMNS = tuple(f.name for f in fields(AccessTable) if f.name not in ("name", "schema"))
_MAY_BE_NONE = ("token", "title", "updated", "metadata")


@dataclass(frozen=True)
class Chosen:
    """A profile, and where it was said (None where nobody said anything); `names`: all that may be said.
    `ignored`: the findings that somebody knows of."""

    profile: AppProfile
    where: str | None
    names: tuple[str, ...] = tuple(PROFILES)
    ignored: tuple[Ignored, ...] = ()


def chosen(folder: Path, name: str | None) -> Chosen:
    """The profile that the option names, else the file in the folder, else that of the guide.

    Raises UsageError for a file that cannot be read, each line of it that means nothing, and a name that no
    profile has.
    """
    said, own, known_findings = _read(folder / NAME)
    known = {**PROFILES, **own}
    if name is not None:
        if name not in known:
            raise UsageError("profile", nobody(OPTION, name, known), _known(known))
        return Chosen(known[name], OPTION, tuple(known), known_findings)
    if said is None:
        return Chosen(MODULE_ACCESS, None, tuple(known), known_findings)
    return Chosen(known[said[0]], said[1], tuple(known), known_findings)


_Read = tuple[tuple[str, str] | None, Mapping[str, AppProfile], tuple[Ignored, ...]]


def _read(path: Path) -> _Read:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None, {}, ()
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else _("the file is no UTF-8 text")
        raise UsageError(
            "profile-file", _("{file} cannot be read: {reason}").format(file=NAME, reason=why)
        ) from None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            "profile-file", _("{file} is not TOML: {reason}").format(file=NAME, reason=error)
        ) from None
    return _File(text, data).read()


class _File(TomlReader):
    """One reading of the file."""

    def __init__(self, text: str, data: Mapping[str, Any]) -> None:
        super().__init__(text)
        self._text_of_it = text
        self._data = data

    def read(self) -> _Read:
        self.keys((), self._data, ("profile", "profiles", "ignore"))
        known_findings = ignored.read(
            self._data.get("ignore", []),
            self._text_of_it,
            NAME,
            lambda line, words: self.wrong.append((line, words)),
        )
        own: dict[str, AppProfile] = {}
        sections = self.section(("profiles",), self._data)
        for name in sections:
            place = ("profiles", name)
            if not WORD.fullmatch(name):
                self.say(place, _("{name} is no name of a profile: letters, digits and _").format(name=name))
            else:
                own[name] = self._profile(place, name, self.section(place, sections), own)
        said = self.text((), self._data, "profile")
        known = {**PROFILES, **own}
        if said is not None and said not in known:
            self.say(("profile",), nobody("profile", said, known))
        if self.wrong:
            raise UsageError(
                "profile-file",
                joined(*(f"{NAME}:{line}: {words}" for line, words in sorted(self.wrong))),
                _("correct these lines, or leave them out; nothing was looked at"),
            )
        chosen_here = None if said is None else (said, f"{NAME}:{self.line(('profile',))}")
        return chosen_here, own, known_findings

    def _profile(
        self, place: tuple[str, ...], name: str, given: Mapping[str, Any], own: Mapping[str, AppProfile]
    ) -> AppProfile:
        self.keys(place, given, ("like", *_PARTS))
        known = {**PROFILES, **own}
        like = self.text(place, given, "like")
        if like is not None and like not in known:
            self.say((*place, "like"), nobody("like", like, known))
        base = known.get(like or name, MODULE_ACCESS)
        table = self._table((*place, "table"), self.section((*place, "table"), given), base.table)
        return AppProfile(
            name=name,
            table=table,
            handler=self._handler((*place, "handler"), self.section((*place, "handler"), given), base, table),
            checkout=self._checkout((*place, "checkout"), self.section((*place, "checkout"), given), base),
            page=self._page((*place, "page"), self.section((*place, "page"), given), base, table),
            term=self._term((*place, "term"), self.section((*place, "term"), given), base),
        )

    def _table(self, place: tuple[str, ...], given: Mapping[str, Any], base: AccessTable) -> AccessTable:
        self.keys(place, given, ("name", "schema", *_COLUMNS))
        changes: dict[str, Any] = {}
        for key in ("name", "schema", *_COLUMNS):
            text = self.text(place, given, key, WORD, empty=key in _MAY_BE_NONE)
            if text is None:
                continue
            if key in ("name", "schema"):
                changes[key] = text
            else:
                changes[key] = Column(text, KINDS.get(key, "text")) if text else None
        table = replace(base, **changes)
        twice = {name for name in table.names if table.names.count(name) > 1}
        if twice:
            self.say(place, _("two meanings for one column: {names}").format(names=", ".join(sorted(twice))))
        return table

    def _handler(
        self, place: tuple[str, ...], given: Mapping[str, Any], base: AppProfile, table: AccessTable
    ) -> Any:
        self.keys(place, given, ("path", "other_paths", "fills", "origin", "writes"))
        old = base.handler
        path = self.text(place, given, "path", PATH)
        others = self.texts(place, given, "other_paths", PATH)
        fills = self.texts(place, given, "fills", WORD)
        origin = self.text(place, given, "origin")
        writes = self.section((*place, "writes"), given)
        for key, value in writes.items():
            whole = (*place, "writes", key)
            if not WORD.fullmatch(key):
                self.say(
                    whole,
                    _("{key} is no name of a column: letters, digits and _").format(key=".".join(whole)),
                )
            elif not isinstance(value, (str, int)) or isinstance(value, bool):
                self.say(whole, _("{key} takes a text or a number").format(key=".".join(whole)))
        renamed = _renamed(base.table, table)
        written = {renamed.get(column, column): value for column, value in old.writes}
        if origin is not None:
            written[table.origin.name] = origin
        written |= {key: str(value) for key, value in writes.items()}
        new = path or old.path
        return replace(
            old,
            path=new,
            other_paths=tuple(
                one for one in (others if others is not None else (old.path, *old.other_paths)) if one != new
            ),
            fills=fills if fills is not None else tuple(renamed.get(c, c) for c in old.fills),
            origin=origin or old.origin,
            writes=tuple(written.items()),
        )

    def _checkout(self, place: tuple[str, ...], given: Mapping[str, Any], base: AppProfile) -> Any:
        self.keys(place, given, ("written", "read"))
        known = {key.name for key in base.checkout.known}
        changes: dict[str, Any] = {}
        for key in ("written", "read"):
            names = self.texts(place, given, key)
            if names is None:
                continue
            for name in names:
                if key == "read" and name not in known:
                    self.say((*place, key), nobody(key, name, known))
            changes[key] = names
        return replace(base.checkout, **changes)

    def _page(
        self, place: tuple[str, ...], given: Mapping[str, Any], base: AppProfile, table: AccessTable
    ) -> Any:
        self.keys(place, given, ("path", "reads"))
        renamed = _renamed(base.table, table)
        reads = self.texts(place, given, "reads", WORD)
        changes: dict[str, Any] = {
            "reads": tuple(renamed.get(c, c) for c in base.page.reads) if reads is None else reads
        }
        path = self.text(place, given, "path", PATH)
        if path is not None:
            changes["path"] = path
        return replace(base.page, **changes)

    def _term(self, place: tuple[str, ...], given: Mapping[str, Any], base: AppProfile) -> Any:
        self.keys(place, given, ("usual", "before", "modules"))
        term = base.term
        usual = self.text(place, given, "usual")
        if usual is not None:
            # What another version wrote says nothing of a shop whose term is stated.
            span = self._span((*place, "usual"), usual)
            term = replace(term, usual=span or term.usual, before=(), sells=(), is_stated=True)
        before = self.texts(place, given, "before")
        if before is not None:
            spans = [self._span((*place, "before"), one) for one in before]
            term = replace(term, before=tuple(span for span in spans if span is not None))
        modules = self.section((*place, "modules"), given)
        found = []
        for module, text in modules.items():
            lasts = self._span((*place, "modules", module), text)
            if lasts is not None:
                found.append((module, lasts))
        return replace(term, by_module=tuple(found)) if found else term

    def _span(self, place: tuple[str, ...], text: Any) -> timedelta | None:
        span = span_of(text) if isinstance(text, str) else None
        if span is None:
            self.say(place, _("{key} takes a span such as 72h, 30d or 2w").format(key=".".join(place)))
        return span


def _renamed(base: AccessTable, table: AccessTable) -> Mapping[str, str]:
    """The names of columns in a table that is like another, by those of the other."""
    pairs = [(getattr(base, key), getattr(table, key)) for key in _COLUMNS]
    return {old.name: new.name for old, new in pairs if old is not None and new is not None}


def _known(known: Collection[str]) -> str:
    return _("the keys that exist: {names}").format(names=", ".join(known))
