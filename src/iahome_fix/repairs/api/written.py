"""What is there of a run that wrote over the Data API, whatever was answered to its requests."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from iahome_fix.repairs import fingerprint
from iahome_fix.repairs.api import doubles as api_doubles
from iahome_fix.repairs.api.images import LENGTHENED
from iahome_fix.repairs.api.refusals import doubled, not_kept
from iahome_fix.repairs.api.tables import ACCESSES, active
from iahome_fix.repairs.journal.journal import row_record
from iahome_fix.systems import api_rows

if TYPE_CHECKING:
    from iahome_fix.errors import ToolError
    from iahome_fix.systems.data_api import DataApi
    from iahome_fix.systems.database import Row

_WRITTEN = (
    "id,xmin::text,user_id::text,module_id::text,token_id::text,access_type,expires_at,is_active,created_at,"
    "updated_at,metadata"
)
_SECOND_LOOKS = (0.5, 1.5)  # seconds before another look at rows that are not there
_ROUNDS = 3


@dataclass
class Written:
    """What a run did for tokens or for purchases. `stop`: why it ended before its end.

    `kind`: the access_type of the rows that are meant, since one run may do both.
    `posted`: accesses that the Data API said it took, `acknowledged`: all rows that it said it wrote;
    `versions`: the transactions of rows that were read back as written; `made`: the ids of its rows,
    those that it lengthened included; `images`: the rows that it deactivated, as they were, `lengthened`: the
    same of those that it lengthened.
    """

    kind: str
    created: int = 0
    ended: int = 0
    posted: int = 0
    acknowledged: int = 0
    versions: list[str] = field(default_factory=list)
    made: list[Any] = field(default_factory=list)
    images: list[Row] = field(default_factory=list)
    lengthened: list[Row] = field(default_factory=list)
    stop: ToolError | None = None

    def after(self, earlier: Written | None) -> Written:
        """Both parts of one run; what the later one found ended is all that the run ended."""
        if earlier is None:
            return self
        made = [*earlier.made, *self.made]
        images = [image for image in self.images if image["id"] not in set(made)]
        versions = list(dict.fromkeys([*earlier.versions, *self.versions]))
        created = earlier.created + self.created
        return Written(
            self.kind,
            created,
            len(images),
            versions=versions,
            made=made,
            images=images,
            lengthened=[*earlier.lengthened, *self.lengthened],
            stop=self.stop,
        )

    def on_record(self) -> dict[str, Any]:
        """What the journal keeps of it."""
        return {
            "counts": {"created": self.created, "deactivated": self.ended},
            "versions": self.versions,
            **row_record(self.made, [image["id"] for image in self.images], [*self.images, *self.lengthened]),
        }


def look_again(api: DataApi, run_id: str, written: Written, due: int) -> ToolError | None:
    """Read back what is there of the run, and end what is double by now; what is wrong with it, if anything.

    Raises ApiRefusal, UnexpectedResponse where it cannot be read.
    """
    written.made = made = _made(api, run_id, written)
    for pause in _SECOND_LOOKS:
        if len(made) >= written.posted:
            break
        # A look may be answered by a copy of the database that is a moment behind.
        time.sleep(pause)
        written.made = made = _made(api, run_id, written)
    written.created = len(made)
    left = 0
    for _round in range(_ROUNDS):
        surplus, left = api_doubles.surplus(active(api)) if due or written.acknowledged else ((), 0)
        ended = api_doubles.end(api, surplus, run_id)
        if not ended:
            break
        written.acknowledged += ended
    written.images = _ended(api, run_id) if written.acknowledged or due else []
    ours = set(made)
    own = [image for image in written.images if image["id"] in ours]
    written.images = [image for image in written.images if image["id"] not in ours]
    written.created -= len(own)
    written.ended = len(written.images)
    if len(made) < written.posted:
        return not_kept(written.posted - len(made))
    return doubled(left) if left else None


def _ended(api: DataApi, run_id: str) -> list[Row]:
    """The rows that this run switched off, as they were."""
    return [
        {**row["metadata"]["deactivated_before"], "id": row["id"]}
        for page in api_rows.pages(
            api, ACCESSES, "id,metadata", where={"metadata->>deactivated_run_id": run_id}
        )
        for row in page
        if isinstance(row["metadata"], dict) and isinstance(row["metadata"].get("deactivated_before"), dict)
    ]


def _made(api: DataApi, run_id: str, written: Written) -> list[Any]:
    """The ids of this run's accesses; `written` takes the transactions of those that are as written, and what
    those were before that were lengthened.

    A row that somebody changed in the meantime has the number of another transaction, which is not ours.
    """
    made: list[Any] = []
    before: list[Row] = []
    found: dict[str, None] = {}
    where = {"metadata->>run_id": run_id, "access_type": written.kind}
    for page in api_rows.pages(api, ACCESSES, _WRITTEN, where=where):
        made += [row["id"] for row in page]
        before += [
            {**row["metadata"][LENGTHENED], "id": row["id"]} for row in page if LENGTHENED in row["metadata"]
        ]
        found.update(
            dict.fromkeys(
                row["xmin"]
                for row in page
                # A trigger may set the time of a change.
                if (row["created_at"] == row["updated_at"] or LENGTHENED in row["metadata"])
                and fingerprint.of(row) == row["metadata"].get("fingerprint", "")
            )
        )
    written.versions, written.lengthened = [*found], before
    return made
