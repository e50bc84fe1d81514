"""Opens the systems that the settings name; to the database a URL comes first, then the Management API."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from iahome_fix.errors import MissingCredential, UsageError
from iahome_fix.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from iahome_fix.profile.checkout import CheckoutKeys
    from iahome_fix.settings import Settings
    from iahome_fix.systems.data_api import DataApi
    from iahome_fix.systems.database import Database
    from iahome_fix.systems.management_http import ManagementApi
    from iahome_fix.systems.site import Site
    from iahome_fix.systems.stripe_account import StripeAccount
    from iahome_fix.systems.stripe_writer import StripeWriter


A = TypeVar("A", bound="StripeAccount")


def has_sql(settings: Settings) -> bool:
    """Is a way to run SQL configured?"""
    return bool(settings.database_url or settings.access_token)


def has_only_data_api(settings: Settings) -> bool:
    """Is the Data API with the server's key the only way to the project that is configured?"""
    keys = settings.supabase_api_url and settings.service_role_key and not settings.data_api_declared_absent
    return bool(keys) and not has_sql(settings)


def no_sql(what: str | None = None) -> MissingCredential:
    """The error of what needs SQL; `what` says it instead of the usual sentence."""
    return MissingCredential(
        ("SUPABASE_DB_URL", "SUPABASE_ACCESS_TOKEN"),
        what or _("neither SUPABASE_DB_URL nor SUPABASE_ACCESS_TOKEN is set, so no SQL can be run"),
        _(
            "add the connection string from Supabase, Connect, as SUPABASE_DB_URL to the env file,"
            " or an access token as SUPABASE_ACCESS_TOKEN"
        ),
    )


def why_no_sql(settings: Settings) -> str | None:
    """Why no SQL can be run although a way to it is configured; None where none is."""
    reasons = _("; ").join(one.message for one in settings.passed_over)
    return _("no SQL can be run: {reasons}").format(reasons=reasons) if reasons else None


def open_database(settings: Settings, *, timeout: float, ahead: bool = False) -> Database:
    """A channel for SQL; no connection is made yet. `ahead`: as `PostgresDatabase`, for who asks much.

    Raises MissingCredential when nothing is configured, UsageError for a URL that cannot be one or that
    belongs to another project than the Supabase URL.
    """
    if settings.database_url:
        return _over_postgres(settings, settings.database_url, timeout, ahead=ahead)
    if settings.access_token:
        return open_management_database(settings, timeout=timeout)
    raise no_sql(why_no_sql(settings))


def open_management_database(settings: Settings, *, timeout: float) -> Database:
    """SQL over the Management API; nothing is asked yet. Raises as `open_management`."""
    from iahome_fix.systems.management import ManagementDatabase

    return ManagementDatabase(open_management(settings, timeout=timeout), timeout=timeout)


def open_management(settings: Settings, *, timeout: float) -> ManagementApi:
    """The Management API for the project of the settings; nothing is asked yet.

    Raises MissingCredential without a token, or where the project's id is not known.
    """
    from iahome_fix.systems.management_http import BASE, TOKENS_PAGE, ManagementApi

    if not settings.access_token:
        raise MissingCredential(
            ("SUPABASE_ACCESS_TOKEN",),
            _("SUPABASE_ACCESS_TOKEN is not set, so the Management API cannot be asked"),
            _("make a token and add it to the env file: {url}").format(url=TOKENS_PAGE),
        )
    # The address of a database names its project, too, where no URL and no key does.
    ref = settings.project_ref or settings.database_ref
    if ref is None:
        raise MissingCredential(
            ("NEXT_PUBLIC_SUPABASE_URL",),
            _("SUPABASE_ACCESS_TOKEN is set, but not of which project: no URL or key names it"),
            _("set NEXT_PUBLIC_SUPABASE_URL to https://<ref>.supabase.co"),
        )
    return ManagementApi(settings.management_api_url or BASE, settings.access_token, ref, timeout=timeout)


def _over_postgres(settings: Settings, url: str, timeout: float, *, ahead: bool) -> Database:
    from iahome_fix.systems.postgres import PostgresDatabase
    from iahome_fix.systems.second_look import Where, second_look

    if settings.database_url_problem:
        raise UsageError(
            "database-url",
            settings.database_url_problem,
            _("copy the connection string again from Supabase, Connect"),
        )
    ours, theirs = settings.supabase_ref, settings.database_ref
    if ours and theirs and ours != theirs:
        raise UsageError(
            "other-project",
            _("the database URL is of the project {theirs}, the Supabase URL of {ours}").format(
                theirs=theirs, ours=ours
            ),
            _("take both from the same project (Supabase, Connect); nothing was looked at"),
        )
    api = open_management(settings, timeout=timeout) if settings.access_token and ours else None
    return PostgresDatabase(
        url,
        label=settings.database_label or _("the database"),
        timeout=timeout,
        options=settings.database_transport.options,
        look_again=lambda failure: second_look(failure, Where.of(url), api=api),
        ahead=ahead,
    )


def open_data_api(settings: Settings, *, timeout: float) -> DataApi:
    """The Data API with the service role key. Raises MissingCredential."""
    from iahome_fix.systems.data_api import DataApi

    url, key = settings.supabase_api_url, settings.service_role_key
    if not url or not key:
        raise MissingCredential(
            ("NEXT_PUBLIC_SUPABASE_URL", "SUPABASE_SERVICE_ROLE_KEY"),
            _("NEXT_PUBLIC_SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY are needed for the Data API"),
        )
    return DataApi(url, key, timeout=timeout)


def open_visitor_api(settings: Settings, *, timeout: float) -> DataApi:
    """The Data API with the public key, as every visitor has it. Raises MissingCredential."""
    from iahome_fix.systems.data_api import DataApi

    url, key = settings.supabase_api_url, settings.anon_key
    if not url or not key:
        raise MissingCredential(
            ("NEXT_PUBLIC_SUPABASE_ANON_KEY",), _("NEXT_PUBLIC_SUPABASE_ANON_KEY is not set")
        )
    return DataApi(url, key, timeout=timeout)


def open_site(settings: Settings, *, timeout: float) -> Site:
    """The deployed site."""
    from iahome_fix.systems.site import Site

    return Site(settings.site_url, timeout=timeout)


def open_stripe(kind: type[A], settings: Settings, keys: Callable[[], CheckoutKeys], *, timeout: float) -> A:
    """The Stripe account of the secret key, for reading. Raises MissingCredential and KeyRejected.

    `kind`: how it is read; `keys`: those of the metadata in this version of the app, asked once they are
    needed.
    """
    key = settings.stripe_secret_key
    if not key:
        raise MissingCredential(
            ("STRIPE_SECRET_KEY",), _("STRIPE_SECRET_KEY is not set, so Stripe cannot be asked")
        )
    return kind(key, keys=keys, base_url=settings.stripe_api_base, timeout=timeout)


def open_stripe_writer(settings: Settings, *, timeout: float, run_id: str) -> StripeWriter:
    """The Stripe account of the secret key, for one run's changes. Raises KeyRejected."""
    from iahome_fix.systems.stripe_writer import StripeWriter

    return StripeWriter(
        settings.stripe_secret_key or "",
        keys=settings.profile.checkout,
        base_url=settings.stripe_api_base,
        timeout=timeout,
        run_id=run_id,
    )
