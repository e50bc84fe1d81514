"""The target shape of `module_access`, one requirement per file of `sql/module_access/`.

A file holds a title, the reason, the check that reads it, the query that finds what is missing
(`-- detect`) and the idempotent statements that repair it (`-- repair`). The order of the files is the
order of the repair. A condition that both ask for stands once, in `sql/schema/`, and both include it; what
`migrate` shows and writes holds the whole text, which may be pasted into an SQL editor.

`-- only: --change-types` marks what is changed for good, and only when asked for by that option; `-- only: a
person` what others made, which is named with a statement and left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache

from iahome_fix import sql
from iahome_fix.schema import gap_words
from iahome_fix.systems.database import Database

FOLDER = "module_access"
_BRIDGE = "bridge"
REFUSALS = "000_refusals"
TYPES_IN_USE = "005_types_in_use"
STATE_ELSEWHERE = "015_state_elsewhere"
DUPLICATES = "080_duplicates"
RELOAD = "900_reload"
CHANGE_TYPES = "--change-types"
"""The option of migrate and repair without which no column gets another type."""
READ = (
    "015_state_elsewhere", "020_columns", "030_primary_key", "040_defaults", "042_other_defaults",
    "050_module_type", "060_owner_type", "070_foreign_key", "072_other_foreign_keys",
    "075_foreign_key_checked", "080_duplicates", "085_renewals", "087_half_built_indexes",
    "090_unique_index", "100_indexes", "107_indexes_of_others", "110_sequence", "135_policies_of_others",
    "140_service_role", "145_customers_select", "147_select_where_others_decide",
    "170_access_tokens_columns", "180_access_tokens_id",
)  # fmt: skip
"""The requirements that checks declare among their queries; the others are read by `migrate` alone."""
_A_PERSON = "a person"
_AGAINST_THE_BRIDGE = ("160_anon", "165_sequence_rights")


@dataclass(frozen=True)
class Shape:
    """Which target shape is asked for.

    `anon_writes`: with the bridge for a webhook that writes with the public key, and without what it breaks.
    `change_types`: columns of a type that does not fit get another one, for good. `kept`: the columns of own
    rows that the page is seen to change, which signed-in customers go on being allowed to update.
    """

    anon_writes: bool = False
    change_types: bool = False
    kept: tuple[str, ...] = ()


PLAIN = Shape()
"""The target shape where nothing more is asked for."""


@dataclass(frozen=True)
class Requirement:
    """One statement about the schema: how it is found missing, and how it is repaired.

    `only`: the option without which it is not repaired, or that only a person decides.
    """

    id: str
    title: str
    why: str
    check: str | None
    needs_table: bool
    detect: str
    repair: str
    only: str | None = None

    @property
    def by_hand(self) -> bool:
        """Is it about what others made, which this tool names and leaves as it is?"""
        return self.only == _A_PERSON

    @property
    def undoable(self) -> bool:
        """Can `undo` take the repair back?"""
        return self.only != CHANGE_TYPES

    def is_asked_for(self, shape: Shape) -> bool:
        """Is it part of this target shape?"""
        return not self.by_hand and (self.undoable or shape.change_types)


@dataclass(frozen=True)
class Gap:
    """One thing that a requirement found missing; `statement`: what a person may run, where it is theirs."""

    item: str
    detail: str
    statement: str | None = None

    @property
    def where(self) -> str:
        """`item`, in the operator's language."""
        return gap_words.item(self.item)

    @property
    def what(self) -> str:
        """`detail`, in the operator's language."""
        return gap_words.detail(self.detail)


Survey = Mapping[str, tuple[Gap, ...]]


@cache
def requirements(shape: Shape = PLAIN) -> tuple[Requirement, ...]:
    """All requirements, in the order of their files: also what is not asked for, or is for a person."""
    files = [(path.stem, FOLDER) for path in (sql.folder() / FOLDER).glob("*.sql")]
    if shape.anon_writes:
        files = [(stem, folder) for stem, folder in files if stem not in _AGAINST_THE_BRIDGE]
        files += [(path.stem, _BRIDGE) for path in (sql.folder() / _BRIDGE).glob("*.sql")]
    return tuple(
        parse(stem, _for_shape(sql.load(f"{folder}/{stem}"), shape)) for stem, folder in sorted(files)
    )


def steps(shape: Shape = PLAIN) -> tuple[Requirement, ...]:
    """Those that this shape is brought about by, in their order."""
    return tuple(r for r in requirements(shape) if r.repair and r.is_asked_for(shape))


def requirement(requirement_id: str, shape: Shape = PLAIN) -> Requirement:
    """One requirement by its id; KeyError when there is none."""
    every = (*requirements(Shape(anon_writes=True)), *requirements(shape))
    return {r.id: r for r in every}[requirement_id]


def is_there(db: Database) -> bool:
    """Is there anything by the name of the guide's table?"""
    return bool(db.read(sql.load("checks/module_access_is_there"))[0]["found"])


def survey(db: Database, shape: Shape = PLAIN, only: Collection[str] | None = None) -> Survey:
    """What each requirement finds missing, read in one query. A missing table hides what is inside it.

    `only`: the ids of those that matter to the caller; the server reads and plans no others.
    """
    found: dict[str, list[Gap]] = {r.id: [] for r in requirements(shape) if only is None or r.id in only}
    without = {r.id for r in requirements(shape)} - found.keys()
    query = survey_query(table_is_there=is_there(db), shape=shape, without=without)
    for row in db.read(query, patient=True):
        found[row["requirement"]].append(Gap(str(row["item"]), str(row["detail"]), row["statement"]))
    return {key: tuple(gaps) for key, gaps in found.items()}


def survey_query(
    *, table_is_there: bool, shape: Shape = PLAIN, without: Collection[str] = (), only_asked_for: bool = False
) -> str:
    """The query behind `survey`: rows of requirement, item, detail, statement; `without` some requirements.

    `only_asked_for`: without what stays as it is in this shape.
    """
    return "\nunion all\n".join(
        f"select '{r.id}' as requirement, d.item, d.detail, {'d.statement' if r.by_hand else 'null::text'}"  # noqa: S608 - our own files
        f" as statement from (\n{r.detect}\n) d"
        for r in requirements(shape)
        if r.detect
        and (table_is_there or not r.needs_table)
        and r.id not in without
        and (not only_asked_for or r.is_asked_for(shape))
    )


def _for_shape(text: str, shape: Shape) -> str:
    """The text of a file with its marks filled in."""
    names = ", ".join(f"'{name}'" for name in shape.kept)
    kept = f"/* kept */ array[{names}]::text[]"
    text = text.replace("/* kept */ array[]::text[]", kept)
    return text.replace("/* retyped */ false", "/* retyped */ true") if shape.change_types else text


def parse(requirement_id: str, text: str) -> Requirement:
    """The requirement that the text of a file says."""

    def header(name: str) -> str:
        match = re.search(rf"^-- {name}: (.+)$", text, re.MULTILINE)
        return match.group(1).strip() if match else ""

    head, _mark, repair = text.partition("\n-- repair\n")
    detect = head.partition("\n-- detect\n")[2]
    return Requirement(
        id=requirement_id,
        title=header("title"),
        why=header("why"),
        check=header("check") or None,
        needs_table=header("needs") == "table",
        detect=detect.strip().rstrip(";"),
        repair=repair.strip(),
        only=header("only") or None,
    )
