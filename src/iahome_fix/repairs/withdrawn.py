"""What a person took away, as the plans list it, and what is given back of it on purpose (`--restore ID`).

Which row is withdrawn, and which sale or token it speaks for, is decided in sql/domain/withdrawn.sql and
sql/domain/taken.sql.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from iahome_fix.errors import Refused
from iahome_fix.i18n import _
from iahome_fix.masks import mask_email, printable

WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Withdrawn:
    """A row of `module_access` that a person took away, and that a token or a payment would give again.

    Attributes:
        row_id: the row's id, as `--restore` takes it.
        owner: whose it is (user_id), `email` the address of their profile, or that of the payment.
        why: inactive, ended or moment (sql/domain/withdrawn.sql).
        taken_at: when (ISO 8601, UTC), None where the row does not tell.
        given_back: `--restore` names it.
    """

    row_id: str
    owner: str | None
    email: str | None = field(repr=False)
    module_id: str | None
    why: str
    taken_at: str | None
    given_back: bool = False

    def as_json(self, *, emails: bool = False) -> dict[str, Any]:
        """For the document; `emails`: the address in full."""
        address = self.email or (self.owner if self.owner and "@" in self.owner else None)
        shown = address if emails or address is None else mask_email(address)
        owner = shown if self.owner and "@" in self.owner else self.owner
        return {
            "id": self.row_id,
            "user_id": owner,
            "email": shown,
            "module_id": self.module_id,
            "why": self.why,
            "taken_at": self.taken_at,
            "restored": self.given_back,
        }

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Withdrawn:
        """From a row of sql/backfill/withdrawn.sql."""
        return cls(
            row_id=row["row_id"],
            owner=row["owner"],
            email=row["email"],
            module_id=row["module_id"],
            why=row["why"],
            taken_at=row["taken_at"],
            given_back=bool(row["given_back"]),
        )


def require_listed(restore: Sequence[str], listed: Iterable[Withdrawn]) -> None:
    """Refuse ids that are none of a withdrawn access: a wrong one would give nothing, or to somebody else.

    Raises Refused (code not-withdrawn), naming them.
    """
    known = {one.row_id for one in listed}
    strange = [row_id for row_id in dict.fromkeys(restore) if row_id not in known]
    if strange:
        raise Refused(
            "not-withdrawn",
            _("--restore {ids}: no such id is among the withdrawn accesses; nothing was written").format(
                ids=", ".join(_shown(row_id) for row_id in strange)
            ),
            _(
                "the same command without --restore, with --dry-run, lists the withdrawn accesses,"
                " each with its id"
            ),
        )


def _shown(row_id: str) -> str:
    shown = printable(row_id)
    return mask_email(shown) if "@" in shown else shown
