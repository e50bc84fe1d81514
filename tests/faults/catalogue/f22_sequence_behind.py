"""F22: after a restore the sequence stands behind the highest id."""

from __future__ import annotations

from tests.faults.model import Fault, resend, sql

FAULT = Fault(
    what="the next purchases collide with ids that are taken, one each, until it heals by itself",
    inject=(sql("select setval('public.module_access_id_seq', 1, false)"),),
    cause="schema.sequence",
    says="the sequence of module_access is behind its ids",
    before={"carol": [], "alice": ["15"]},
    quiet=("payments.unfulfilled", "site.webhook-handler"),
    fix="migrate",
    repair=(resend,),
    after={"carol": ["15"]},
)
