"""F57: a script emptied module_access; new sales work."""

from __future__ import annotations

from tests.faults.model import Fault, command, sql

FAULT = Fault(
    what="on one day all customers lost their modules",
    inject=(sql("truncate public.module_access restart identity"),),
    cause="data.rows-lost",
    says="2 payments that the app noted have no access any more; no access from before",
    before={"alice": [], "bob": [], "carol": ["15"]},
    # Bob's token lost its access with the rest.
    quiet=("data.tokens-without-access", "payments.unfulfilled"),
    fix="reconcile",
    hint="backfill then those of tokens",
    repair=(command("backfill", "--yes"),),
    after={"alice": ["15"], "bob": ["6", "13"]},
)
