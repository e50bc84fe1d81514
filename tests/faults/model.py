"""What one entry of the catalogue says, and the small steps that entries are put together from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from tests.checks.source_support import healthy
from tests.faults.world import World

FROM_OUTSIDE = (
    "from outside it is not known which table and values the pages ask for, nor what the handler does with an"
    " event; the app's source says so: doctor --app FOLDER"
)
Step = Callable[[World], object]
Shown = list[str] | str


def sql(statement: str) -> Step:
    """Run SQL as the owner of the app's tables."""
    return lambda world: world.sql(statement)


def variables(**values: str | None) -> Step:
    """Change the env file; None takes a variable out."""
    return lambda world: world.variables.update(values)


def command(*words: str) -> Step:
    """Run `iahome-fix` with these words, to the end."""

    def run(world: World) -> None:
        done = world.command(*words)
        assert (done.code, done.document["error"]) == (0, None), done.document

    return run


def site(**attributes: Any) -> Step:
    """Change how the deployed app behaves."""

    def change(world: World) -> None:
        for name, value in attributes.items():
            if not hasattr(world.site, name):
                raise AttributeError(name)
            setattr(world.site, name, value)

    return change


def endpoint(**fields: Any) -> Step:
    """Change the webhook endpoint that Stripe has."""

    def change(world: World) -> None:
        for name, value in fields.items():
            if not hasattr(world.endpoint, name):
                raise AttributeError(name)
            setattr(world.endpoint, name, value)

    return change


def source(*changes: tuple[str, str, str], more: Mapping[str, str] = MappingProxyType({})) -> Step:
    """Let the operator have the app's source: one in which nothing is wrong, but for these replacements
    (path, old text, new text) and `more` files by path."""

    def change(world: World) -> None:
        world.source = (world.source or healthy()) | dict(more)
        for path, old, new in changes:
            assert old in world.source[path], old
            world.source[path] = world.source[path].replace(old, new)

    return change


def carol_buys(world: World) -> None:
    """Carol paid for module 15 ten minutes ago, and Stripe told whoever listens."""
    world.buys("carol", 15)


def nobody_buys(_world: World) -> None:
    """Nothing happens after the injection."""


def resend(world: World) -> None:
    """The operator has Stripe send Carol's event once more."""
    world.resend("carol")


@dataclass(frozen=True)
class Outside:
    """What doctor says of a fault that only the app's source shows, when it is not given the source.

    Attributes:
        cause: the check that it names; None where from outside everything is as it should be.
        says: phrases in the details of checks: what is not known, and what would tell.
    """

    cause: str | None = None
    says: Mapping[str, str] = field(default_factory=lambda: {"site.source-read": FROM_OUTSIDE})


@dataclass(frozen=True)
class Fault:
    """One real failure, or a decoy (`cause` None), on top of the healthy world.

    Attributes:
        what: the failure in a sentence.
        inject: the steps that break the world.
        cause: the check that has to be named, alone.
        says: what its detail must hold: the precise diagnosis.
        then: what happens after the injection; Carol buys module 15 unless it says otherwise.
        before: what `/encours` shows to some customers while it is broken.
        quiet: checks that must be blocked by the cause, and by nothing else.
        statuses: what further checks must say; one that may fail has to stand here.
        notes: phrases in the details of further checks.
        hint: a phrase in the hint of the cause.
        fix: how the command that doctor proposes goes on after `iahome-fix`; None without one. It is run.
        fix_is_enough: False where the command alone would be refused, and is not run for that reason.
        follows_hint: the statements and commands of the cause's hint are run as they stand there.
        repair: what the operator does (after the command, and after the hint was followed).
        left: the causes that are still there after the repair.
        after: what `/encours` shows then.
        verdict: of the report over the broken world.
        regime: the default privileges of the database.
        outside: what is said without the app's source, where the injection comes with one.
    """

    what: str
    inject: Sequence[Step]
    cause: str | None
    says: str = ""
    then: Step = carol_buys
    before: Mapping[str, Shown] = field(default_factory=dict)
    quiet: Sequence[str] = ()
    statuses: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    hint: str = ""
    fix: str | None = None
    fix_is_enough: bool = True
    follows_hint: bool = False
    repair: Sequence[Step] = ()
    left: Sequence[str] = ()
    after: Mapping[str, Shown] = field(default_factory=dict)
    verdict: str = ""
    regime: Any = "since"
    outside: Outside | None = None

    @property
    def expected_verdict(self) -> str:
        return self.verdict or ("broken" if self.cause else "healthy")
