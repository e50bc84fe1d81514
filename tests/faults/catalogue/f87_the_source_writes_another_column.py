"""F87: the handler's row has a column that the table has not, and the error is swallowed."""

from __future__ import annotations

from tests.checks.source_support import HANDLER
from tests.faults.model import Fault, Outside, command, site, source

FAULT = Fault(
    what="PostgREST refuses the whole row (PGRST204), and the handler answers 200",
    inject=(site(handler="noop"), source((HANDLER, "user_id: profile.id", "userId: profile.id"))),
    cause="site.source-columns",
    says=f"{HANDLER}:17 writes userId into module_access, which has no such column: the whole row is refused"
    " (PGRST204); perhaps user_id is meant",
    before={"carol": []},
    hint="correct the name in the code and deploy it",
    quiet=("site.webhook-handler", "payments.unfulfilled"),
    repair=(
        site(handler="normal"),
        source((HANDLER, "userId: profile.id", "user_id: profile.id")),
        command("reconcile", "--yes"),
    ),
    after={"carol": ["15"]},
    outside=Outside(cause="site.webhook-handler"),
)
