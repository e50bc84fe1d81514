"""What the Data API answers to single reads, and what the project says of its keys."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import TYPE_CHECKING

from iahome_fix.errors import MissingCredential, ToolError
from iahome_fix.facts.seen import fact
from iahome_fix.i18n import _
from iahome_fix.systems.api_rows import asked_again

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context
    from iahome_fix.systems.data_api import Reply


READS_ROWS = ("env.service-role-key", "supabase.reachable", "supabase.key")
"""The checks that say, without SQL, whether rows can be read: a visitor's key hides them without a word."""


@fact
def first_reply(ctx: Context) -> Reply:
    """The answer to one small read with the service role key, asked again where it may pass."""
    return asked_again(lambda: ctx.data_api.select("modules", "id"))


@fact
def second_reply(ctx: Context) -> Reply:
    """The answer to a read of another table."""
    return ctx.data_api.select("profiles", "id")


@fact
def visitors_reply(ctx: Context) -> Reply:
    """The answer to one small read with the public key. Raises MissingCredential."""
    return ctx.visitor_api.select("modules", "id", limit=1)


@fact
def served(ctx: Context, table: str) -> Reply:
    """The answer to whether a table is served."""
    return ctx.data_api.serves(table)


@fact
def served_columns(ctx: Context) -> Mapping[str, frozenset[str]] | None:
    """Table and columns by the API's own description; None where it does not give it."""
    return ctx.data_api.served_columns()


@fact
def health(ctx: Context) -> int | None:
    """The status with which the project answers without a key; None where it does not answer.

    Raises MissingCredential without an address, UnexpectedResponse for what is no answer of a project.
    """
    import httpx

    from iahome_fix.systems import expected
    from iahome_fix.systems.asked import DATA_API
    from iahome_fix.systems.bounded_client import asked
    from iahome_fix.systems.http_client import open_client

    url = ctx.settings.supabase_api_url
    if not url:
        raise MissingCredential(
            ("NEXT_PUBLIC_SUPABASE_URL",),
            _("{name} is not set").format(name="NEXT_PUBLIC_SUPABASE_URL"),
        )
    try:
        with open_client(DATA_API, timeout=ctx.timeout) as client:
            answer = client.get(f"{url}/auth/v1/health")
    except httpx.HTTPError:
        return None
    if answer.status_code == _PAUSED:
        return _PAUSED
    try:
        # Of the service itself, or the gateway's refusal: an object in any case.
        expected.require(expected.parsed(answer.content), expected.Shape({}))
    except expected.Misfit as misfit:
        raise expected.unexpected(asked(answer.request), answer.content, misfit, answer.status_code) from None
    return answer.status_code


_PAUSED = 540


@fact
def legacy_keys_enabled(ctx: Context) -> bool | None:
    """What the project says of its legacy keys; None without a token, or where it could not be told."""
    from iahome_fix.systems.open import open_management

    if not ctx.settings.access_token or ctx.settings.project_ref is None:
        return None
    try:
        with closing(open_management(ctx.settings, timeout=ctx.timeout)) as api:
            return api.legacy_keys()
    except ToolError:
        return None
