"""The policies that decide what a customer reads, and what their answer depends on beside the rows.

They are listed to say which ones hide rows, and to know when a trial cannot tell. Whether a customer reads is
never concluded from them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.i18n import N_, _
from iahome_fix.masks import scrub

if TYPE_CHECKING:
    from iahome_fix.checks.context import Context

_CLAIMS = re.compile(r"\bjwt\(|request\.jwt", re.IGNORECASE)
_KEY = re.compile(r"->>?\s*'(\w+)'|\[\s*'(\w+)'|'(\w+)'::text|'\{(\w+)[,}]|\(\s*'(\w+)'")
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


@dataclass(frozen=True)
class Policy:
    """One policy that applies to what the role selects of a table.

    Attributes:
        table: its table in `public`.
        name, permissive, condition: as they stand in the catalog; the condition as the server writes it.
        calls: the text of the functions that the condition calls.
        relations: other relations that it reads; closed: those of them of which row level security shows the
            role nothing, for want of a policy.
    """

    table: str
    name: str
    permissive: bool
    condition: str
    calls: str = ""
    relations: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """Name and condition, for a sentence."""
        shown = scrub(" ".join(self.condition.split()))
        shown = shown if len(shown) <= _MOST_SHOWN else f"{shown[: _MOST_SHOWN - 1]}…"
        kind = "" if self.permissive else _(" (restrictive)")
        return f"{self.name}{kind}: using ({shown})"

    @property
    def depends_on(self) -> tuple[str, ...]:
        """What its answer may depend on that no trial knows: claims of one login, the hour, a setting."""
        return tuple(dict.fromkeys(_unknown(f"{self.condition} {self.calls}")))


def read_policies(ctx: Context, role: str, tables: Iterable[str]) -> tuple[Policy, ...]:
    """Those that apply to what a role selects of some tables in `public`."""
    rows = ctx.database.read(sql.load("checks/read_policies"), {"role": role, "tables": sorted(set(tables))})
    return tuple(_policy(row) for row in rows)


def _policy(row: Mapping[str, Any]) -> Policy:
    return Policy(
        str(row["table"]),
        str(row["policy"]),
        bool(row["permissive"]),
        str(row["condition"] or "true"),
        str(row["calls"] or ""),
        tuple(str(name) for name in row["relations"] or ()),
        tuple(str(name) for name in row["closed"] or ()),
    )


def _unknown(text: str) -> Iterator[str]:
    if _CLAIMS.search(text):
        keys = [key for found in _KEY.findall(text) for key in found if key]
        for key in keys:
            if key in _OF_THE_LOGIN:
                yield _(_CLAIM).format(name=key)
        # A claim that not every login has: a hook of the project adds it.
        asked = _CLAIM_KEY.findall(text)
        if not asked or _CLAIM_BY_NAME.search(text):
            asked += keys
        for key in asked:
            if key not in (*_OF_THE_LOGIN, *_OF_EVERY_LOGIN):
                yield _(_CLAIM).format(name=key)
    for name in _SETTING.findall(text):
        if name.startswith("request.") and not name.startswith("request.jwt"):
            yield _("the request itself ({name})").format(name=name)
        elif not name.startswith(("request.jwt", "role")):
            yield _("the setting {name}").format(name=name)
    if _HOUR.search(text):
        yield _("the time of day")
    if _SESSION.search(text):
        yield _("the connection (session_user or its like)")


_CLAIM = N_("the claim {name} of the login's token")
