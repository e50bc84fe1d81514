"""F66: a trigger writes updated_at on every update, and the column is gone."""

from __future__ import annotations

from tests.faults.model import Fault, sql

TOUCH = """
create function public.touch_updated_at() returns trigger language plpgsql as
$$ begin new.updated_at = now(); return new; end $$;
create trigger touch before update on public.module_access
  for each row execute function public.touch_updated_at()
"""

FAULT = Fault(
    what="first purchases work, renewals and repairs that are an update fail (42703)",
    inject=(sql("alter table public.module_access drop column updated_at"), sql(TOUCH)),
    cause="schema.updates-accepted",
    says="the trigger touch (touch_updated_at()) refuses every update of an access: record",
    before={"carol": ["15"]},
    statuses={"schema.columns": "warn"},
    hint="migrate makes the column",
    fix="migrate",
    after={"carol": ["15"]},
)
