"""D24: a line item whose title two modules have names neither of them."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="an item that could be either of two modules",
    inject=(sql("update public.modules set title = 'Cogstudio' where id = 13"),),
    cause=None,
    then=lambda world: world.buys("carol", 15, sold=(("Stable diffusion", 990), ("Cogstudio", 990))),
    before={"carol": ["15"]},
    statuses={"payments.items-named": "ok", "payments.unfulfilled": "ok"},
)
