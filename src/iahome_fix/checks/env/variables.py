"""What is wrong with each variable, said once: by the variable that is at fault.

The judges of the values look at one variable each. Where an address and keys do not belong together, every
key would be stained; here it is decided which of them is the odd one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.facts.seen import derived
from iahome_fix.i18n import _
from iahome_fix.settings import database_address, names
from iahome_fix.settings.kinds import jwt_payload
from iahome_fix.settings.model import clean
from iahome_fix.settings.shapes import Stain, judge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iahome_fix.facts.seen import Seen
    from iahome_fix.settings import Settings

OTHER_PROJECT = "other-project"
_NAMING = (names.SERVICE_KEY, names.ANON_KEY, names.DATABASE_URL)
"""The variables that can name the project besides its address."""


@derived
def stains(ctx: Seen) -> Mapping[str, tuple[Stain, ...]]:
    """The stains of each variable by canonical name.

    A key of another project is no stain of the key where the address itself is wrong: it is still a
    placeholder, or two others agree with each other and none with it.
    """
    return _settled(ctx.settings)


def _settled(settings: Settings) -> Mapping[str, tuple[Stain, ...]]:
    found = dict(judge(settings))
    wrong = any(stain.severity == "fail" for stain in found[names.SUPABASE_URL])
    odd = () if wrong else _names_against_the_address(settings)
    if odd:
        sentence = _("{name} names another project than {others} do.").format(
            name=_called(settings, names.SUPABASE_URL),
            others=", ".join(_called(settings, name) for name in odd),
        )
        found[names.SUPABASE_URL] = (
            *found[names.SUPABASE_URL],
            Stain(OTHER_PROJECT, "fail", sentence),
        )
    if wrong or odd:
        for name in _NAMING:
            found[name] = tuple(stain for stain in found[name] if stain.code != OTHER_PROJECT)
    return found


def _names_against_the_address(settings: Settings) -> tuple[str, ...]:
    """The variables, two at least, that name one and the same project, when the address names another one."""
    theirs = {name: ref for name in _NAMING if (ref := _project(settings, name))}
    projects = set(theirs.values())
    ours = settings.supabase_ref
    if ours is None or len(theirs) < 2 or len(projects) != 1 or ours in projects:
        return ()
    return tuple(theirs)


def _project(settings: Settings, name: str) -> str | None:
    value = settings.get(name)
    if value is None:
        return None
    text = clean(value.text)
    if name == names.DATABASE_URL:
        address = database_address.parse(text)
        return address.ref if address else None
    ref = (jwt_payload(text) or {}).get("ref")
    return ref if isinstance(ref, str) and ref else None


def _called(settings: Settings, name: str) -> str:
    """The name under which the operator has the variable."""
    value = settings.get(name)
    return value.source.name if value else name
