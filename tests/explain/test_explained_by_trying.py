"""`explain --rehearse`: what refuses the customer's own sale is tried and taken back."""

from __future__ import annotations

from iahome_fix.facts.context import Rehearsing
from tests.checks.app_support import App
from tests.checks.test_rehearsed import KINDS
from tests.explain.support import ALICE, CAROL, explain


def test_what_refuses_only_this_sale_is_named(own: App) -> None:
    own.buys(CAROL, 15, pay=False)
    own.buys(ALICE, 6)
    own.sql(KINDS["a full quota of one module"].inject)
    read = explain(own)
    assert read.says(15) == ("missing", "payments.unfulfilled")
    tried = explain(own, rehearsing=Rehearsing())
    assert tried.says(15) == ("missing", "schema.customers-refused")
    assert "quota of 15 is full" in tried.module(15)["sentence"]
    assert explain(own, ALICE, rehearsing=Rehearsing()).answer == "served"
    assert own.sql("select module_id from public.module_access") == [(6,)]
