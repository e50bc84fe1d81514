"""F30: the same in module_access, after a backfill that "succeeded"."""

from __future__ import annotations

from tests.faults.model import Fault, sql
from tests.faults.world import World


def as_the_hint_says(world: World) -> None:
    hint = world.look().check("data.orphans")["hint"]
    world.sql(hint.removeprefix("in the SQL editor: ").removesuffix("; then backfill"))


FAULT = Fault(
    what="the access carries an owner that no login has",
    inject=(sql("insert into public.module_access (user_id, module_id) values (' Carol@example.test', 13)"),),
    cause="data.orphans",
    says="1 token or access is owned by an e-mail address instead of a profile id",
    before={"carol": ["15"]},
    hint="update public.module_access a set user_id = p.id::text",
    statuses={"data.tokens-without-access": "ok", "payments.unfulfilled": "ok"},
    repair=(as_the_hint_says,),
    after={"carol": ["13", "15"]},
)
