"""G15: the owner of an access is the right id in capital letters."""

from __future__ import annotations

from tests.faults.model import Fault, sql
from tests.faults.world import ALICE

FAULT = Fault(
    what="the app compares letter by letter, so the access is nobody's",
    inject=(
        sql(
            f"""
            update public.module_access set user_id = upper(user_id) where user_id = '{ALICE}'
            """
        ),
    ),
    cause="data.owner-form",
    says="1 access or token has its owner's id in other letters",
    before={"alice": [], "bob": ["6", "13"], "carol": ["15"]},
    statuses={"data.orphans": "warn"},
    follows_hint=True,
    after={"alice": ["15"]},
)
