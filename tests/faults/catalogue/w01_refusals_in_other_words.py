"""W01, a decoy: the handler refuses with 401 what is not, or wrongly, signed, and takes the rest."""

from __future__ import annotations

from tests.faults.model import Fault, site

FAULT = Fault(
    what="what a route does with a rightly signed event decides, not in which words it refuses",
    inject=(site(refusals=(401, 401)),),
    cause=None,
    before={"carol": ["15"]},
    statuses={"site.webhook-route": "ok", "site.webhook-secret": "ok", "site.webhook-body": "ok"},
    notes={"site.webhook-route": "takes what is rightly signed, and refuses the rest (it answers 401)"},
)
