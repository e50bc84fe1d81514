"""What the Management API's answers mean, other than rows: each refusal with its cause and the next step.

Sources: Supabase, "Management API" (status codes, rate limits, scoped tokens); the query endpoint is
postgres-meta behind it, which puts the SQLSTATE into the text of its message.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from iahome_fix import dashboards
from iahome_fix.i18n import _
from iahome_fix.masks import scrub
from iahome_fix.systems import expected
from iahome_fix.systems.database_errors import DatabaseUnreachable, Named, SqlError
from iahome_fix.systems.deadline import TookTooLong
from iahome_fix.systems.expected import UNEXPECTED
from iahome_fix.systems.postgres_refusals import as_error, explain_connection

if TYPE_CHECKING:
    import httpx

TOKENS_PAGE = dashboards.access_tokens()

_SQL_FAILED = re.compile(
    r"(?:Failed to run sql query:\s*)?(?P<severity>ERROR|FATAL|PANIC):\s+(?P<state>[0-9A-Z]{5}):\s*"
    r"(?P<message>.*)",
    re.DOTALL,
)
_APPENDIX = re.compile(r"\n(?:LINE \d+:|DETAIL:|HINT:|QUERY:|CONTEXT:)")
_SAID = re.compile(
    r"^(DETAIL|HINT|CONTEXT):\s+(.*?)(?=\n(?:DETAIL|HINT|QUERY|CONTEXT):|\Z)", re.DOTALL | re.MULTILINE
)
_QUOTED = re.compile(r"\b(relation|table|column|constraint) \"([^\"]+)\"")
_PAUSED = {"INACTIVE", "PAUSING"}
_CHANGING = {"COMING_UP", "RESTORING", "RESTARTING", "UPGRADING", "RESIZING", "GOING_DOWN"}
_NO_CONNECTION = 544
_TOO_LARGE, _TOO_MANY, _DOWN = 413, 429, 500


class ManagementError(DatabaseUnreachable):
    """The Management API did not do what was asked, and nothing was changed.

    `reason`: token, permission, not-found, paused, starting, rate-limit, timeout, network, too-large, busy or
    unexpected-response. `permissions`: what the token lacks, as Supabase names it.
    """

    def __init__(
        self, reason: str, message: str, hint: str | None = None, permissions: tuple[str, ...] = ()
    ) -> None:
        super().__init__(reason, message, hint)
        self.code = reason if reason == UNEXPECTED else "management-api"
        self.permissions = permissions

    @property
    def lasts(self) -> bool:
        """Whether asking again a moment later is of no use."""
        return self.reason in ("token", "not-found", "paused", "starting")


class AnswerLost(Exception):
    """The request may have been carried out, the answer did not arrive."""

    def __init__(self, failure: ManagementError) -> None:
        super().__init__(failure.message)
        self.failure = failure


def gives_no_connection(answer: httpx.Response) -> bool:
    """Whether the database of the project did not take the request; nothing was run then."""
    return answer.status_code == _NO_CONNECTION and "connection timeout" in _message(answer)


def refusal(
    answer: httpx.Response, *, host: str, ref: str, permission: str
) -> SqlError | DatabaseUnreachable | AnswerLost:
    """What an answer without a result means.

    Args:
        answer: any with another status than success, or one that is no JSON.
        host: for naming who said it.
        ref: the project.
        permission: what a scoped token needs for the request.
    """
    status = answer.status_code
    if status < _DOWN and status not in (_TOO_LARGE, _TOO_MANY) and not isinstance(_document(answer), dict):
        odd_one = unexpected(answer, expected.Misfit(expected.looks_like(answer.content)))
        return AnswerLost(odd_one) if answer.is_success else odd_one
    message = _message(answer)
    failed = _SQL_FAILED.match(message)
    if failed is not None and status in (400, 500, _NO_CONNECTION):
        return _statement_failed(failed, host)
    if status == 401:
        return ManagementError(
            "token",
            _("the Management API refuses SUPABASE_ACCESS_TOKEN: wrong, expired or revoked"),
            _("make a new token: {url}").format(url=TOKENS_PAGE),
        )
    if status == 403:
        return _forbidden(_document(answer), permission)
    if status == 404:
        return ManagementError(
            "not-found",
            _("the Management API knows no project {ref} for this token").format(ref=ref),
            _("the token must be of a Supabase account, or for a project, that {ref} belongs to").format(
                ref=ref
            ),
        )
    if status == _TOO_LARGE:
        return ManagementError(
            "too-large",
            _("this is more than the Management API takes in one request"),
            _("set SUPABASE_DB_URL, which has no such limit"),
        )
    if status == _TOO_MANY:
        return _rate_limited(answer)
    odd = ManagementError(
        UNEXPECTED,
        _("{host} answered {status}: {message}").format(
            host=host, status=status, message=scrub(message)[:200] or "-"
        ),
    )
    return AnswerLost(odd) if status >= 500 or answer.is_success else odd


def unexpected(answer: httpx.Response, misfit: expected.Misfit) -> ManagementError:
    """The error for an answer that the Management API does not give."""
    from iahome_fix.systems.bounded_client import asked

    came = expected.unexpected(asked(answer.request), answer.content, misfit, answer.status_code)
    return as_unexpected(came)


def as_unexpected(came: expected.UnexpectedResponse) -> ManagementError:
    """The same as an error of this API."""
    return ManagementError(UNEXPECTED, came.message, came.hint)


def by_status(ref: str, state: str | None) -> ManagementError:
    """Why the database of a project does not answer, by the state that the project is in."""
    if state in _PAUSED:
        return ManagementError(
            "paused",
            _("the Supabase project {ref} is paused").format(ref=ref),
            _("restore it in the Supabase dashboard, wait some minutes, then run this command again"),
        )
    if state in _CHANGING:
        return ManagementError(
            "starting",
            _("the Supabase project {ref} is being changed ({state})").format(ref=ref, state=state),
            _("wait some minutes, then run this command again"),
        )
    return ManagementError(
        "starting",
        _("the database of the project {ref} does not answer: overloaded, starting or paused").format(
            ref=ref
        ),
        _("look at the project's status in the Supabase dashboard"),
    )


def unreachable(error: Exception, *, host: str, timeout: float) -> ManagementError:
    """Why there was no answer at all."""
    import httpx

    if isinstance(error, httpx.TimeoutException | TookTooLong):
        return ManagementError(
            "timeout",
            _("{host} did not answer within {seconds} s").format(host=host, seconds=f"{timeout:g}"),
            _("--timeout gives it longer"),
        )
    return ManagementError(
        "network",
        _("{host} cannot be reached: {reason}").format(
            host=host, reason=scrub(str(error) or type(error).__name__)[:200]
        ),
        _("this machine needs a way to {host}, or set SUPABASE_DB_URL").format(host=host),
    )


def reset_in(answer: httpx.Response) -> float | None:
    """Seconds until the rate limit ends, as the answer's headers say."""
    for name in ("X-RateLimit-Reset", "Retry-After"):
        text = answer.headers.get(name, "")
        if re.fullmatch(r"\d{1,5}(?:\.\d+)?", text):
            return float(text)
    return None


def _statement_failed(failed: re.Match[str], host: str) -> SqlError | DatabaseUnreachable:
    message = _APPENDIX.split(failed["message"])[0].strip()
    if failed["severity"] == "FATAL":
        return explain_connection(message, host, 0)
    return as_error(failed["state"], message, _named(message, failed["message"][len(message) :]))


def _named(message: str, appendix: str) -> Named:
    """What the platform appends to a message; the names of table and column it tells only in its words."""
    said = {label: scrub(text.strip()) for label, text in _SAID.findall(appendix)}
    words = dict(_QUOTED.findall(message))
    return Named(
        table=words.get("relation") or words.get("table"),
        column=words.get("column"),
        constraint=words.get("constraint"),
        detail=said.get("DETAIL"),
        hint=said.get("HINT"),
        context=said.get("CONTEXT"),
    )


def _forbidden(document: Any, permission: str) -> ManagementError:
    named: Any = None
    if isinstance(document, dict):
        inner = document.get("error")
        named = document.get("missing_permissions") or (
            inner.get("missing_permissions") if isinstance(inner, dict) else None
        )
    missing = tuple(str(name) for name in named) if isinstance(named, list) and named else (permission,)
    return ManagementError(
        "permission",
        _("SUPABASE_ACCESS_TOKEN lacks the permission {names}").format(names=scrub(", ".join(missing))[:200]),
        _("make a token that has it, for this project: {url}").format(url=TOKENS_PAGE),
        missing,
    )


def _rate_limited(answer: httpx.Response) -> ManagementError:
    seconds = reset_in(answer)
    return ManagementError(
        "rate-limit",
        _("the Management API takes no more requests for now"),
        _("run the same command again in {seconds} s").format(seconds=f"{seconds:.0f}")
        if seconds is not None
        else _("run the same command again in a minute"),
    )


def _document(answer: httpx.Response) -> Any:
    try:
        return expected.parsed(answer.content)
    except expected.Misfit:
        return None


def _message(answer: httpx.Response) -> str:
    document = _document(answer)
    if isinstance(document, dict):
        return str(document.get("message") or document.get("error") or "")
    return ""
