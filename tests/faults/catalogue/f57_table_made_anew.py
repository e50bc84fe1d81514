"""F57: a script dropped module_access and made it anew."""

from __future__ import annotations

from tests.faults.model import Fault, command, nobody_buys
from tests.faults.world import World


def made_anew(world: World) -> None:
    world.sql("drop table public.module_access cascade")
    command("migrate", "--yes")(world)


FAULT = Fault(
    what="the same, and nobody has bought anything since",
    inject=(made_anew,),
    cause="data.rows-lost",
    says="2 payments that the app noted have no access any more; no access of any payment is left",
    then=nobody_buys,
    before={"alice": [], "bob": []},
    quiet=("data.tokens-without-access", "payments.unfulfilled"),
    fix="reconcile",
    hint="backfill then those of tokens",
    repair=(command("backfill", "--yes"),),
    after={"alice": ["15"], "bob": ["6", "13"]},
)
