"""D27, a decoy: the server may not delete accesses. The app deletes none."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="the right to delete was taken from the server, which uses it nowhere",
    inject=(sql("revoke delete on public.module_access from service_role"),),
    cause=None,
    statuses={"permissions.service-role": "warn"},
    notes={"permissions.service-role": "not there: delete"},
    after={"carol": ["15"]},
)
