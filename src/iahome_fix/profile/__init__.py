"""Which version of the app a shop runs, as data: the app profile.

`Settings.profile` has the one of a run, and everything that depends on the app's version reads it from there.
`model.py` says what a profile consists of; beside it each profile has a file of its own.
"""

from iahome_fix.profile.checkout import CheckoutKeys, Key, Says
from iahome_fix.profile.model import AppProfile, Handler, Page, Term
from iahome_fix.profile.module_access import MODULE_ACCESS
from iahome_fix.profile.table import AccessTable, Column
from iahome_fix.profile.user_applications import USER_APPLICATIONS_MONTH, USER_APPLICATIONS_YEAR

PROFILES = {
    profile.name: profile for profile in (MODULE_ACCESS, USER_APPLICATIONS_YEAR, USER_APPLICATIONS_MONTH)
}
"""Those that the tool knows, by name; that of the guide first."""

__all__ = (
    "MODULE_ACCESS",
    "PROFILES",
    "USER_APPLICATIONS_MONTH",
    "USER_APPLICATIONS_YEAR",
    "AccessTable",
    "AppProfile",
    "CheckoutKeys",
    "Column",
    "Handler",
    "Key",
    "Page",
    "Says",
    "Term",
)
