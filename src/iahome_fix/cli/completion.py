"""What may be typed for a value, for the shell: `iahome-fix --install-completion` switches it on."""

from __future__ import annotations

from contextlib import suppress

from iahome_fix.errors import ToolError
from iahome_fix.i18n import LANGUAGES


def _beginning(words: list[str], incomplete: str) -> list[str]:
    return [word for word in words if word.startswith(incomplete)]


def checks(incomplete: str) -> list[str]:
    """The ids of all checks."""
    from iahome_fix.checks.source.link import every_check

    return _beginning([check.id for check in every_check()], incomplete)


def checks_and_links(incomplete: str) -> list[str]:
    """The links, then the ids of all checks."""
    from iahome_fix.model import Link

    return [*_beginning([link.value for link in Link], incomplete), *checks(incomplete)]


def languages(incomplete: str) -> list[str]:
    """The languages that are spoken."""
    return _beginning(list(LANGUAGES), incomplete)


def fail_on(incomplete: str) -> list[str]:
    """The words of --fail-on."""
    from iahome_fix.cli.fail_on import CHOICES

    return _beginning(list(CHOICES), incomplete)


def formats(incomplete: str) -> list[str]:
    """The words of --format."""
    from iahome_fix.output.machine import FORMATS

    return _beginning(list(FORMATS), incomplete)


def profiles(incomplete: str) -> list[str]:
    """The app profiles, with those of the folder's file."""
    from iahome_fix.profile import PROFILES
    from iahome_fix.settings import load_settings

    with suppress(ToolError, OSError):
        return _beginning(list(load_settings().profiles), incomplete)
    return _beginning(list(PROFILES), incomplete)


def runs(incomplete: str) -> list[str]:
    """The runs that the journal of this folder has, the newest first."""
    from iahome_fix.repairs.journal.journal import journal_of
    from iahome_fix.settings import load_settings

    with suppress(ToolError, OSError):
        return _beginning([run.run_id for run in journal_of(load_settings()).runs()], incomplete)
    return []


def roles(incomplete: str) -> list[str]:
    """The roles that a webhook may write as."""
    return _beginning(["service_role", "anon"], incomplete)
