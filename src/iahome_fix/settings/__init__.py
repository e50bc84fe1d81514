"""The configuration: variables and env files in, `Settings` out, with where each value came from."""

from iahome_fix.settings.leaks import Leak, public_leaks
from iahome_fix.settings.model import FileProblem, Source, Value
from iahome_fix.settings.settings import Settings
from iahome_fix.settings.sources import load_settings, require_something
from iahome_fix.settings.stains import Stain

__all__ = [
    "FileProblem",
    "Leak",
    "Settings",
    "Source",
    "Stain",
    "Value",
    "load_settings",
    "public_leaks",
    "require_something",
]
