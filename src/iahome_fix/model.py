"""The words that all parts share: a check, what it found, and the report over all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from iahome_fix.domain.sums import Overview, Sums
    from iahome_fix.facts.seen import Seen
    from iahome_fix.settings.ignored import Ignored


class Status(StrEnum):
    """What a check says."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    BLOCKED = "blocked"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


WRONG = (Status.FAIL, Status.WARN)
"""What a person has to look at."""


class Kind(StrEnum):
    """What a failing check means: only `function` becomes a cause."""

    FUNCTION = "function"
    SECURITY = "security"
    HYGIENE = "hygiene"


class Link(StrEnum):
    """The eight links of the chain, in order."""

    ENV = "env"
    SUPABASE = "supabase"
    SCHEMA = "schema"
    PERMISSIONS = "permissions"
    DATA = "data"
    STRIPE = "stripe"
    SITE = "site"
    PAYMENTS = "payments"


class Verdict(StrEnum):
    """The one word over a whole report."""

    HEALTHY = "healthy"
    EXPOSED = "exposed"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Fix:
    """The exact next command, target included, and whether `undo` takes it back."""

    command: str
    undoable: bool = False


@dataclass(frozen=True)
class Finding:
    """What one check found. `detail` is a sentence for a person, `evidence` the facts behind it.

    `not_asked` marks a skip that the operator stated beforehand: it does not make the verdict unknown.
    """

    status: Status
    detail: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    hint: str | None = None
    fix: Fix | None = None
    because_of: tuple[str, ...] = ()
    not_asked: bool = False


def ok(detail: str, **evidence: Any) -> Finding:
    """Nothing wrong here."""
    return Finding(Status.OK, detail, evidence)


def warn(detail: str, *, hint: str | None = None, fix: Fix | None = None, **evidence: Any) -> Finding:
    """Worth knowing; keeps no module from appearing."""
    return Finding(Status.WARN, detail, evidence, hint, fix)


def fail(detail: str, *, hint: str | None = None, fix: Fix | None = None, **evidence: Any) -> Finding:
    """Broken (function) or exposed (security)."""
    return Finding(Status.FAIL, detail, evidence, hint, fix)


def blocked(detail: str, *because_of: str, **evidence: Any) -> Finding:
    """Cannot be judged, or is explained, because of what other checks found."""
    return Finding(Status.BLOCKED, detail, evidence, because_of=because_of)


def skipped(detail: str, *, hint: str | None = None, not_asked: bool = False, **evidence: Any) -> Finding:
    """Not looked at: a credential is not configured. The detail says which."""
    return Finding(Status.SKIPPED, detail, evidence, hint, not_asked=not_asked)


DEPENDS_ON = "depends_on"
"""In the evidence of an unknown finding: the check that could not be told, and by which it is judged."""


def unknown(detail: str, *, hint: str | None = None, **evidence: Any) -> Finding:
    """Tried, and could not tell."""
    return Finding(Status.UNKNOWN, detail, evidence, hint)


@dataclass(frozen=True)
class Check:
    """One question of the chain.

    Attributes:
        id: stable public id, `link.name`.
        kind: what failing means.
        title: the question answered, as a short statement (translated when shown).
        needs: ids of checks that must not fail or be unable to tell; otherwise this one is `blocked`.
        run: the function; it neither writes nor prints.
        after: ids of checks that explain this one when they fail (`blocked`), but without which it can still
            be judged: one of them that was skipped or could not be told changes nothing.
        beside: ids of checks whose words this one takes into account; whatever they say, it is judged.
        queries: the SQL files that it reads, as `sql.load` takes them; a test holds this against the code.
    """

    id: str
    link: Link
    kind: Kind
    title: str
    needs: tuple[str, ...]
    run: Callable[[Seen], Finding]
    after: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The documentation of the check: the docstring of its function (see checks/explanation.py)."""
        return self.run.__doc__ or ""


@dataclass(frozen=True)
class Result:
    """A check together with what it found; `acknowledged`: the entry by which somebody knows of it."""

    check: Check
    finding: Finding
    acknowledged: Ignored | None = None

    @property
    def status(self) -> Status:
        return self.finding.status


@dataclass(frozen=True)
class Report:
    """All results, in the order of the chain, and what follows from them.

    `sales`: how many customers wait for what they paid for; None where the run did not look. `paid`: all
    whose money is there, where it cannot be told yet who of them waits. `expired`: entries whose day has
    passed, about findings that are still there.
    """

    results: tuple[Result, ...]
    sales: Overview | None = None
    paid: Sums | None = None
    expired: tuple[Ignored, ...] = ()

    @property
    def causes(self) -> tuple[str, ...]:
        """Failing `function` checks whose needs all held, first link first; where several stop payments at
        one step, those of more payments first.
        """
        found = tuple(r.check.id for r in self.failing if r.check.kind is Kind.FUNCTION)
        return self.sales.arranged(found) if self.sales else found

    @property
    def failing(self) -> tuple[Result, ...]:
        """What fails and is not acknowledged."""
        return tuple(r for r in self.results if r.status is Status.FAIL and r.acknowledged is None)

    @property
    def acknowledged(self) -> tuple[Result, ...]:
        """What fails or warns, and somebody knows of it."""
        return tuple(r for r in self.results if r.status in WRONG and r.acknowledged is not None)

    @property
    def summary(self) -> dict[str, int]:
        """How many results of each status."""
        counted = Counter(r.status for r in self.results)
        return {status.value: counted[status] for status in Status}

    @property
    def verdict(self) -> Verdict:
        """`broken` before `exposed` before `unknown`: what could not be told is never called fine."""
        if self.causes:
            return Verdict.BROKEN
        if self.failing:
            return Verdict.EXPOSED
        if any(self.is_untold(r) for r in self.results):
            return Verdict.UNKNOWN
        return Verdict.HEALTHY

    @staticmethod
    def is_untold(result: Result) -> bool:
        """Whether it keeps the verdict from being `healthy` although nothing failed."""
        if result.check.kind is Kind.HYGIENE or result.finding.not_asked or result.acknowledged is not None:
            return False
        if result.status is Status.SKIPPED:
            return result.check.kind is Kind.FUNCTION
        return result.status in (Status.UNKNOWN, Status.BLOCKED)

    def result(self, check_id: str) -> Result:
        """The result of one check; KeyError when it was not part of this run."""
        for r in self.results:
            if r.check.id == check_id:
                return r
        raise KeyError(check_id)
