"""F24: the server works with the public key, and row level security is on."""

from __future__ import annotations

from tests.faults.model import Fault, site

# From outside it is a handler that writes nothing, as F51 is; both possibilities are named, and what tells.
FAULT = Fault(
    what="to the public key there is no profile: user not found, answered 200",
    inject=(site(handler_role="anon"),),
    cause="site.webhook-handler",
    says="the handler answers 200 without writing: 1 payment after the last that it wrote has no row; either"
    " its code has the public (anon) key, to which profiles is empty, or the error of a write is swallowed:"
    " the app's source (doctor --app FOLDER) or the server's log says which",
    before={"carol": [], "alice": ["15"]},
    hint="often its code uses the public (anon) key, which sees no customer in profiles",
    quiet=("payments.unfulfilled",),
    statuses={"permissions.webhook-role": "ok"},
    notes={
        "permissions.webhook-role": "with the public (anon) key it could not: no right to select profiles"
    },
    fix="reconcile",
    after={"carol": ["15"]},
)
