"""F18: the deployed handler writes another table than the page reads."""

from __future__ import annotations

from tests.faults.model import Fault, site

FAULT = Fault(
    what="handler and page are of different versions of the app",
    inject=(site(handler_version="user_applications_year"),),
    cause="site.webhook-handler",
    says="the handler writes to user_applications, not to module_access: 1 payment has its grant only there",
    before={"carol": [], "alice": ["15"]},
    hint="handler and page have to use the same table",
    quiet=("payments.unfulfilled",),
    fix="reconcile",
    after={"carol": ["15"]},
)
