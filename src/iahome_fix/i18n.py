"""Every sentence for a person goes through here (gettext; English is the source language).

A language is a catalogue in `locale/`; `python -m tests.catalogues` brings the catalogues up to date.
"""

from __future__ import annotations

import gettext as _gettext
import os
import re
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

DOMAIN = "iahome_fix"
FOLDER = Path(__file__).parent / "locale"
SOURCE = "en"
LANGUAGES = (SOURCE, *sorted(path.parents[1].name for path in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.po")))

_UNTRANSLATED = ("C", "POSIX")
_HOLE = re.compile(r"\\\{(\w+)\\\}")

_catalogue: _gettext.NullTranslations = _gettext.NullTranslations()
_language = SOURCE
_asked: str | None = None


def use_language(lang: str | None) -> None:
    """Switch the language of all output. Without `lang` the environment decides (`chosen`)."""
    global _asked
    wanted = lang if lang in LANGUAGES else chosen(os.environ)
    install(_gettext.translation(DOMAIN, FOLDER, languages=[wanted], fallback=True))
    _asked = lang if lang in LANGUAGES else None


def install(catalogue: _gettext.NullTranslations) -> None:
    """Use a ready-made catalogue (the tests use one that marks every translated sentence)."""
    global _catalogue, _language, _asked
    _catalogue, _language, _asked = catalogue, catalogue.info().get("language", SOURCE), None


def language() -> str:
    """The language that is spoken, as in `LANGUAGES`."""
    return _language


def asked_language() -> str | None:
    """The language that the command line asked for, which the next commands are to keep; None without."""
    return _asked


def chosen(environ: Mapping[str, str], windows: str | None = None) -> str:
    """The language that a shell's variables ask for, by the rules of gettext; English for any other.

    The locale is the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set; where it asks for translations
    at all, `LANGUAGE` may list others that are wanted first. Where none is set, on Windows, it is that of
    the user interface. `windows`: that locale, for the tests.
    """
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((environ[name] for name in names if environ.get(name)), windows or _of_windows())
    if locale.partition(".")[0] in _UNTRANSLATED and not locale.upper().endswith(("UTF-8", "UTF8")):
        return SOURCE
    for wanted in [*filter(None, environ.get("LANGUAGE", "").split(":")), locale]:
        name = re.split(r"[_.@-]", wanted)[0].lower()
        if name in LANGUAGES:
            return name
    return SOURCE


def _(message: str) -> str:
    """The sentence in the operator's language."""
    return _catalogue.gettext(message) if message else ""


def ngettext(singular: str, plural: str, n: int) -> str:
    """The sentence in the operator's language, in the grammatical number of `n`."""
    return _catalogue.ngettext(singular, plural, n)


def N_(message: str) -> str:  # noqa: N802 - the name that gettext tools look for
    """Marks a sentence for translation where it is defined; `_` translates it where it is shown."""
    return message


def joined(*parts: str) -> str:
    """Half sentences as one, with semicolons between them."""
    return _("; ").join(parts)


def labelled(what: str, text: str) -> str:
    """`what: text`, with the colon as the language sets it."""
    return _("{what}: {text}").format(what=what, text=text)


def rendered(text: str, templates: Sequence[str]) -> str:
    """A sentence that was put together elsewhere (in SQL, by Typer), in the operator's language.

    `templates`: sentences that are marked for translation, with holes such as `{name}`; the first that fits
    is the one. A text that fits none stays as it is.
    """
    for template in templates:
        found = _pattern(template).fullmatch(text)
        if found:
            return _(template).format(**found.groupdict())
    return text


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(_HOLE.sub(r"(?P<\1>.+?)", re.escape(template)), re.DOTALL)


def _of_windows() -> str:
    """The locale of the user interface of Windows, such as `fr_FR`; empty elsewhere."""
    if sys.platform != "win32":
        return ""
    import ctypes
    import locale

    return locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")
