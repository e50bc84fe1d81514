"""The configuration as the other parts of the tool see it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from iahome_fix import supabase_hosts
from iahome_fix.command_lines import command_line
from iahome_fix.profile import PROFILES
from iahome_fix.settings import database_address, kinds, names
from iahome_fix.settings.database_tls import Transport, transport
from iahome_fix.settings.model import clean
from iahome_fix.settings.web_address import split

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from iahome_fix.profile import AppProfile
    from iahome_fix.settings.ignored import Ignored
    from iahome_fix.settings.model import FileProblem, PassedOver, Value
    from iahome_fix.settings.replacing import Leaked
    from iahome_fix.settings.stated import Stated

DEFAULT_SITE = "https://iahome.fr"
OPTION = "--profile"

_CREDENTIALS = re.compile(r"(?i)\A(https?://)[^/?#]*@")
# What follows the colon is no port, and the @ stands behind a slash: a password that is not encoded.
_BROKEN_CREDENTIALS = re.compile(r"(?s)\A\w+://[^/?#@]*:(?!\d*(?:[/?#]|\Z)).*[/?#].*@")


def _nothing(_profile: AppProfile) -> tuple[str, ...]:
    """For those who keep no journal."""
    return ()


@dataclass(frozen=True)
class Settings:
    """All variables that mean something to the tool, with where each came from.

    Attributes:
        values: by canonical name, and every other `NEXT_PUBLIC_` variable under its own
            name. A variable that is set to nothing is there too, for its source.
        stated: every name that is set to something, in the files or the environment, with what it is for.
        by_name: the same variables and all aliases, each under its own name: what the app gets when it
            reads exactly that name.
        env_files: what `--env-file` gave.
        files_read: the files that were read, highest rank first.
        secrets_in: the secrets in those of them that hold any, by file.
        problems: what is wrong with the files.
        folder: where the files of Next.js were looked for.
        profile: the version of the app, where nothing is found that speaks for another.
        profile_chosen: where the operator said that it is this one (`--profile`, a line of the profile file);
            None where nobody did.
        profiles: the names of all that may be said.
        ignored: the findings that somebody knows of (iahome-fix.toml).
        written: gives the ids of the rows that this tool wrote into a table that says nothing of it.
        above: an env file of the app in a folder above, where none was found here.
        passed_over: the ways to the database that are configured and turned out to be closed, the first tried
            first: this run takes the next one.
    """

    values: Mapping[str, Value]
    by_name: Mapping[str, Value]
    env_files: tuple[str, ...]
    files_read: tuple[str, ...]
    secrets_in: Mapping[str, tuple[Leaked, ...]]
    problems: tuple[FileProblem, ...]
    folder: Path
    profile: AppProfile
    profile_chosen: str | None = None
    profiles: tuple[str, ...] = tuple(PROFILES)
    passed_over: tuple[PassedOver, ...] = ()
    above: Path | None = None
    ignored: tuple[Ignored, ...] = ()
    stated: Mapping[str, Stated] = field(default_factory=dict)
    written: Callable[[AppProfile], tuple[str, ...]] = field(default=_nothing, repr=False, compare=False)

    @property
    def has_app_file(self) -> bool:
        """Was an env file of the app found: one that was named, or one that sets a variable of it?"""
        values = self.by_name.values()
        return bool(self.env_files) or any(
            source.line is not None for value in values for source in (value.source, *value.shadows)
        )

    def get(self, name: str) -> Value | None:
        """The value of a variable by canonical name; None when it is not set or set to nothing."""
        value = self.values.get(name)
        return None if value is None or value.is_blank else value

    def text(self, name: str) -> str | None:
        """What the tool itself uses: without white space and stray quotes around it.

        The app does not strip: the shapes judge `Value.text`.
        """
        value = self.get(name)
        return clean(value.text) if value else None

    @property
    def supabase_url(self) -> str | None:
        """The project's address, without a slash at its end."""
        return self._address(names.SUPABASE_URL)

    @property
    def supabase_api_url(self) -> str | None:
        """Where the Data API is asked: a stand-in if one is set, otherwise the project."""
        return self._address(names.SUPABASE_API_URL) or self.supabase_url

    @property
    def supabase_ref(self) -> str | None:
        """The project's id from `<ref>.supabase.co`; None for a host of another shape."""
        match = supabase_hosts.API.fullmatch(self.supabase_host or "")
        return match[1] if match else None

    @property
    def project_ref(self) -> str | None:
        """The project's id from its address, or (custom domain, stand-in) from the legacy keys; else None."""
        claims = (kinds.jwt_payload(key or "") or {} for key in (self.service_role_key, self.anon_key))
        named = (str(ref) for claim in claims if isinstance(ref := claim.get("ref"), str))
        return self.supabase_ref or next((ref for ref in named if supabase_hosts.REF.fullmatch(ref)), None)

    @property
    def supabase_host(self) -> str | None:
        """The host of the project's address; None without one that can be read."""
        return _host(self.supabase_url or "")

    @property
    def service_role_key(self) -> str | None:
        """The key of the app's server."""
        return self.text(names.SERVICE_KEY)

    @property
    def anon_key(self) -> str | None:
        """The key that every visitor has."""
        return self.text(names.ANON_KEY)

    @property
    def database_url(self) -> str | None:
        """The address of the database, as psycopg takes it; None where it is passed over."""
        text = self._way(names.DATABASE_URL)
        return database_address.for_psycopg(text) if text else None

    @property
    def database_transport(self) -> Transport:
        """How the database is reached; TLS is decided here, and nowhere else."""
        url = self.database_url
        return transport(url, os.environ) if url and not self.database_url_problem else Transport()

    @property
    def database_url_problem(self) -> str | None:
        """What keeps the database address from being used, a sentence without any part of it; or None."""
        text, value = self._way(names.DATABASE_URL), self.get(names.DATABASE_URL)
        problem = database_address.problem(text, lost=bool(value and value.lost)) if text else None
        return problem.sentence if problem else None

    @property
    def database_label(self) -> str | None:
        """Where SQL goes, for showing: `host:port/dbname`, or the Management API's host and the project.

        None without either, or with an address that cannot be read.
        """
        text = self._way(names.DATABASE_URL)
        if text:
            address = database_address.parse(text)
            return address.label if address else None
        if self.access_token and self.project_ref:
            base = self.management_api_url or "https://api.supabase.com"
            return f"{base.partition('://')[2]}/{self.project_ref}"
        return None

    @property
    def database_ref(self) -> str | None:
        """The project that the database address is of; None where it does not say."""
        text = self._way(names.DATABASE_URL)
        address = database_address.parse(text) if text else None
        return address.ref if address else None

    @property
    def access_token(self) -> str | None:
        """The token for the Management API; None where it is passed over."""
        return self._way(names.MANAGEMENT_KEY)

    @property
    def management_api_url(self) -> str | None:
        """Another address of the Management API, for stand-ins, without a slash at its end."""
        return self._address(names.MANAGEMENT_API_URL)

    @property
    def stripe_secret_key(self) -> str | None:
        """The key of the Stripe API."""
        return self.text(names.STRIPE_KEY)

    @property
    def stripe_mode(self) -> str | None:
        """ "live" or "test" by the secret key's prefix; None without one that says it."""
        return kinds.stripe_mode(self.stripe_secret_key or "")

    @property
    def stripe_webhook_secret(self) -> str | None:
        """The secret that signs the events."""
        return self.text(names.SIGNING_KEY)

    @property
    def stripe_publishable_key(self) -> str | None:
        """The Stripe key that every visitor has."""
        return self.text(names.PUBLISHABLE_KEY)

    @property
    def stripe_api_base(self) -> str | None:
        """Another address of the Stripe API, for stand-ins, without a slash at its end."""
        return self._address(names.STRIPE_API_BASE)

    @property
    def site_url(self) -> str:
        """The address of the deployed app, without a slash at its end."""
        return self._address(names.SITE_URL) or DEFAULT_SITE

    @property
    def data_api_declared_absent(self) -> str | None:
        """The operator's word that there is no Data API to ask (the reason given), or None."""
        return self.text(names.NO_DATA_API)

    def command(self, *words: str) -> str:
        """The next command to type: these words, and the options of this one that name its target."""
        options = [part for path in self.env_files for part in ("--env-file", path)]
        if self.profile_chosen == OPTION:
            options += [OPTION, self.profile.name]
        return command_line(*words, *options)

    def _way(self, name: str) -> str | None:
        """A way to the database, unless it is passed over."""
        return None if any(one.variable == name for one in self.passed_over) else self.text(name)

    def _address(self, name: str) -> str | None:
        """An address as it may be shown: without credentials, and not at all if a key was put there."""
        text = self.text(name)
        if not text or kinds.is_secret(text) or _BROKEN_CREDENTIALS.match(text):
            return None
        return _CREDENTIALS.sub(r"\1", text).rstrip("/")


def _host(url: str) -> str | None:
    parts = split(url)
    return parts.hostname if parts else None
