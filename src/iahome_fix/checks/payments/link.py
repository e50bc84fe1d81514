"""Link payments: did everyone who paid get access?"""

from __future__ import annotations

from iahome_fix.checks.payments.items_named import items_named
from iahome_fix.checks.payments.no_module import no_module
from iahome_fix.checks.payments.other_account import other_account
from iahome_fix.checks.payments.paid_twice import paid_twice
from iahome_fix.checks.payments.payers import unknown_customer
from iahome_fix.checks.payments.refunded import refunded_active
from iahome_fix.checks.payments.renewals import renewals
from iahome_fix.checks.payments.unfulfilled import unfulfilled

CHECKS = (
    items_named,
    renewals,
    unfulfilled,
    unknown_customer,
    no_module,
    refunded_active,
    paid_twice,
    other_account,
)
