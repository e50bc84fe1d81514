"""F30: the same in module_access, after a backfill that "succeeded"."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="the access carries an owner that no login has",
    inject=(sql("insert into public.module_access (user_id, module_id) values (' Carol@example.test', 13)"),),
    cause="data.orphans",
    says="1 token or access is owned by an e-mail address instead of a profile id",
    before={"carol": ["15"]},
    hint="update public.module_access a set user_id = p.id::text",
    statuses={"data.tokens-without-access": "ok", "payments.unfulfilled": "ok"},
    follows_hint=True,
    after={"carol": ["13", "15"]},
)
