"""D06, a decoy: the table payments is not there."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="the grant is written before the bookkeeping, whose failure is only logged",
    inject=(sql("drop table public.payments"),),
    cause=None,
    before={"carol": ["15"]},
    statuses={"schema.payments": "warn"},
    notes={"schema.payments": "the table payments does not exist"},
)
