"""The policies that decide what a customer reads, and what their answer depends on beside the rows.

They are listed to say which ones hide rows, and to know when a trial cannot tell. Whether a customer reads is
never concluded from them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iahome_fix.facts.queries import of_database
from iahome_fix.i18n import N_, _
from iahome_fix.masks import scrub

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen

_CLAIMS = re.compile(r"\bjwt\(|request\.jwt\.claims'", re.IGNORECASE)
_KEY = re.compile(
    r"->>?\s*'(\w+)'|\[\s*'(\w+)'|'\{(\w+)[,}]|\(\s*'(\w+)'|\"(\w+)\"\s*:|\$\.(\w+)|\?[|&]?\s*'(\w+)'"
    r"|extract_path\w*\([^']*'(\w+)'"
)
"""What may name a key of an object: an operator, a path, an object to be contained, an argument."""
_ASKED = r"(?:\bjwt\(\)(?:\s+AS\s+\w+)?|request\.jwt\.claims'[^-#>\[]*?)\)*\s*(?:->>?|#>>?|\[)\s*"
_CLAIM_KEY = re.compile(_ASKED + r"'\{?(\w+)", re.IGNORECASE)
_CLAIM_BY_NAME = re.compile(_ASKED + r"[a-z_$\"]", re.IGNORECASE)
"""A claim whose name is a parameter or a column: a helper such as get_my_claim('plan')."""
_OF_EVERY_LOGIN = ("sub", "email", "role", "aud", "phone", "is_anonymous", "iss", "exp", "iat")
_OF_THE_LOGIN = ("app_metadata", "user_metadata", "aal", "amr", "session_id")
_SETTING = re.compile(r"current_setting\(\s*'([\w.]+)'", re.IGNORECASE)
_HOUR = re.compile(
    r"\b(?:extract|date_part|to_char|date_trunc|current_time|localtime|timeofday)\b|::time\b", re.IGNORECASE
)
_SESSION = re.compile(r"\b(?:session_user|inet_client_addr|pg_backend_pid)\b", re.IGNORECASE)
_MOST_SHOWN = 240
_ACCESSES = "module_access"


@dataclass(frozen=True)
class Policy:
    """One policy that applies to what the role selects of a table, or a view that lies in the table's place.

    Attributes:
        asked: the table of the page; table: the one that it is on, with its schema unless that is `public`.
        name, permissive, condition: as they stand in the catalog; the condition as the server writes it. Of a
            view its name and its text.
        columns: those of its table that the condition names.
        calls: the texts of all that the condition reaches: functions, views, policies of other tables.
        relations: other relations that it reads; closed: those of all reached of which row level security
            shows their reader nothing, for want of a policy.
    """

    asked: str
    table: str
    name: str
    permissive: bool
    condition: str
    is_view: bool = False
    columns: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()

    @property
    def on(self) -> str:
        """Its table as SQL takes it."""
        return self.table if "." in self.table else f"public.{self.table}"

    @property
    def said(self) -> str:
        """Name and condition, for a sentence."""
        shown = scrub(" ".join(self.condition.split()))
        shown = shown if len(shown) <= _MOST_SHOWN else f"{shown[: _MOST_SHOWN - 1]}…"
        if self.is_view:
            return f"{self.name}: {shown}"
        kind = "" if self.permissive else _(" (restrictive)")
        return f"{self.name}{kind}: using ({shown})"

    @property
    def depends_on(self) -> tuple[str, ...]:
        """What its answer may depend on that no trial knows: claims of one login, the hour, a setting."""
        return tuple(dict.fromkeys(_unknown((self.condition, *self.calls))))


def read_policies(ctx: Seen, role: str, tables: Iterable[str]) -> tuple[Policy, ...]:
    """Those that apply to what a role selects of some tables in `public`.

    The table of accesses goes by the guide's name here, whatever the shop's profile calls it.
    """
    own = ctx.profile.table.name
    names = sorted({own if name == _ACCESSES else name for name in tables})
    rows = of_database(ctx, "checks/read_policies", {"role": role, "tables": names})
    return tuple(
        _policy({**row, "asked": _ACCESSES if row["asked"] == own else row["asked"]}) for row in rows
    )


def _policy(row: Mapping[str, Any]) -> Policy:
    return Policy(
        asked=str(row["asked"]),
        table=str(row["table"]),
        name=str(row["policy"]),
        permissive=bool(row["permissive"]),
        condition=str(row["condition"] or "true"),
        is_view=bool(row["is_view"]),
        columns=_names(row["columns"]),
        calls=_names(row["calls"]),
        relations=_names(row["relations"]),
        closed=_names(row["closed"]),
    )


def _names(found: Iterable[Any] | None) -> tuple[str, ...]:
    return tuple(str(name) for name in found or ())


def said_of_claim(name: str) -> str:
    """A claim, as `depends_on` names it."""
    return _(_CLAIM).format(name=name)


def _unknown(texts: Iterable[str]) -> Iterator[str]:
    whole = " ".join(texts)
    for key in _claims(texts, whole):
        yield said_of_claim(key) if key else _("the claims of the login's token")
    for name in _SETTING.findall(whole):
        if name.startswith("request.") and not name.startswith("request.jwt"):
            yield _("the request itself ({name})").format(name=name)
        elif not name.startswith(("request.jwt", "role")):
            yield _("the setting {name}").format(name=name)
    if _HOUR.search(whole):
        yield _("the time of day")
    if _SESSION.search(whole):
        yield _("the connection (session_user or its like)")


def _claims(texts: Iterable[str], whole: str) -> Iterator[str]:
    """Claims that a login may have or not, or that a hook of the project adds; empty: which, is not seen."""
    for text in texts:
        reads = len(_CLAIMS.findall(text))
        if not reads:
            continue
        asked = _CLAIM_KEY.findall(text)
        named = [key for found in _KEY.findall(text) for key in found if key]
        yield from (key for key in named if key in _OF_THE_LOGIN)
        if _CLAIM_BY_NAME.search(text):
            asked += [key for found in _KEY.findall(whole) for key in found if key]
        elif len(asked) < reads:
            # Claims that are kept in a variable, or asked in some other way.
            asked = [*asked, *named] if set(named) > set(asked) or (named and not asked) else [*asked, ""]
        yield from (key for key in asked if key not in (*_OF_THE_LOGIN, *_OF_EVERY_LOGIN))


_CLAIM = N_("the claim {name} of the login's token")
