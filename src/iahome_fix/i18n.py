"""Every sentence for a person goes through here (gettext; English is the source language)."""

from __future__ import annotations

import gettext as _gettext
from pathlib import Path

DOMAIN = "iahome_fix"
LANGUAGES = ("en", "fr")

_catalogue: _gettext.NullTranslations = _gettext.NullTranslations()


def use_language(lang: str | None) -> bool:
    """Switch the language of all output; an unknown or absent catalogue means English, and False.

    Without `lang` the usual variables decide (`LANGUAGE`, `LC_ALL`, `LC_MESSAGES`, `LANG`).
    """
    global _catalogue
    languages = [lang] if lang else None
    folder = Path(__file__).parent / "locale"
    _catalogue = _gettext.translation(DOMAIN, folder, languages=languages, fallback=True)
    return lang in (None, "en") or isinstance(_catalogue, _gettext.GNUTranslations)


def install(catalogue: _gettext.NullTranslations) -> None:
    """Use a ready-made catalogue (the tests use one that marks every translated sentence)."""
    global _catalogue
    _catalogue = catalogue


def _(message: str) -> str:
    """The sentence in the operator's language."""
    return _catalogue.gettext(message) if message else ""


def ngettext(singular: str, plural: str, n: int) -> str:
    """The sentence in the operator's language, in the grammatical number of `n`."""
    return _catalogue.ngettext(singular, plural, n)


def N_(message: str) -> str:  # noqa: N802 - the name that gettext tools look for
    """Marks a sentence for translation where it is defined; `_` translates it where it is shown."""
    return message
