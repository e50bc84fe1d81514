"""What is asked of the table of accesses of another version, by the texts of the guide's requirements.

`migrate` brings the guide's table to its target shape; that of another version stays as its app made it. What
would refuse a grant there, or hide it, is found by the same texts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from iahome_fix.facts.seen import fact
from iahome_fix.schema.requirements import Gap, requirement
from iahome_fix.systems.database import Question
from iahome_fix.systems.open import no_sql

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iahome_fix.facts.context import Context
    from iahome_fix.facts.seen import Seen
    from iahome_fix.profile import AppProfile

CARRIED = (
    "050_module_type",
    "110_sequence",
    "140_service_role",
    "145_customers_select",
    "147_select_where_others_decide",
)
"""The requirements that mean the same for another table."""
_GUIDES_PAGE = re.compile(r"array\['id', 'user_id', [^\]]*\]")


def gaps(ctx: Seen, *requirement_ids: str) -> tuple[Gap, ...]:
    """What those of the requirements that are carried over find missing. Raises as facts.tables.gaps does."""
    asked = [key for key in requirement_ids if key in CARRIED]
    if not asked:
        return ()
    if ctx.only_data_api:
        from iahome_fix.facts import api_schema

        told = [key for key in asked if key == "050_module_type"]
        if not told:
            raise no_sql()
        return tuple(api_schema.module_type(ctx))
    found = surveyed(ctx)
    return tuple(gap for key in asked for gap in found[key])


def text(requirement_id: str, profile: AppProfile) -> str:
    """What a requirement asks, about the profile's table."""
    asked = requirement(requirement_id).detect
    columns = ", ".join(f"'{name}'" for name in profile.page.reads)
    asked = _GUIDES_PAGE.sub(f"array[{columns}]", asked)
    asked = asked.replace("a.attname = 'module_id'", f"a.attname = '{profile.table.module.name}'")
    return asked.replace("public.module_access", profile.table.place)


@fact
def surveyed(ctx: Context) -> Mapping[str, tuple[Gap, ...]]:
    """What each of those that are carried over finds missing of the profile's table."""
    answers = ctx.database.read_each([Question(text(key, ctx.profile)) for key in CARRIED], patient=True)
    found = {}
    for key, answer in zip(CARRIED, answers, strict=True):
        if isinstance(answer, Exception):
            raise answer
        found[key] = tuple(
            Gap(str(row["item"]), str(row["detail"]), row.get("statement")) for row in answer or ()
        )
    return found
