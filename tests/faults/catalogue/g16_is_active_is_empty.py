"""G16: is_active is empty, which is neither yes nor no."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="the page asks for true",
    inject=(
        sql(
            """
            update public.module_access set is_active = null
            """
        ),
    ),
    cause="data.deactivated",
    says="2 accesses were deactivated before their end",
    before={"alice": [], "bob": [], "carol": ["15"]},
    quiet=("data.tokens-without-access",),
    follows_hint=True,
    after={"alice": ["15"], "bob": ["6", "13"]},
)
