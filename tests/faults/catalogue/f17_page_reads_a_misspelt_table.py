"""F17: the page asks for a table by a wrong name; only the app's source can say so."""

from __future__ import annotations

from tests.checks.source_support import PAGE
from tests.faults.model import Fault, Outside, site, source

FAULT = Fault(
    what="the rows are right, and the page takes the error for an empty list",
    inject=(site(page_table="access_modules"), source((PAGE, "module_access", "access_modules"))),
    cause="site.source-tables",
    says=f"{PAGE}:7 names access_modules, a table that does not exist; perhaps module_access is meant",
    before={"alice": "table:PGRST205", "carol": "table:PGRST205"},
    hint="correct the name in the code and deploy it",
    statuses={"payments.unfulfilled": "ok", "site.source-split": "ok", "site.source-read": "ok"},
    repair=(site(page_table=None), source((PAGE, "access_modules", "module_access"))),
    after={"alice": ["15"], "carol": ["15"]},
    outside=Outside(),
)
