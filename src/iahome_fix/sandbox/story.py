"""The story that `demo` tells: a broken IAHome, the real commands one after the other, what customers see.

Data only: the steps, what each is to come to, and the run of one of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iahome_fix.i18n import N_
from iahome_fix.sandbox.surroundings import clean_environment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from iahome_fix.sandbox.house import House

TEST_CUSTOMER = "lea.bernard@example.test"
_LONGEST = 120  # seconds; each step takes one or two


@dataclass(frozen=True)
class Step:
    """One command of the story.

    Attributes:
        title: what happens, for a person (translated when shown).
        words: the command and its options, without the env file.
        exit_code: what it has to end with.
        causes: what its report has to name, None when it has none.
    """

    title: str
    words: tuple[str, ...]
    exit_code: int
    causes: tuple[str, ...] | None = None


STEPS = (
    Step(
        N_("Doctor names the cause"),
        ("doctor", "--quiet"),
        1,
        ("schema.module-access", "stripe.endpoint-url"),
    ),
    Step(N_("The table, as the app needs it"), ("migrate", "--yes", "--quiet"), 0),
    Step(N_("Everybody with a token gets the access"), ("backfill", "--yes", "--quiet"), 0),
    Step(N_("Stripe sends to the wrong place"), ("check-stripe", "--quiet"), 1, ("stripe.endpoint-url",)),
    Step(N_("The endpoint is corrected"), ("check-stripe", "--fix", "--yes", "--quiet"), 0, ()),
    Step(N_("Doctor looks again: one payment is left"), ("doctor", "--quiet"), 1, ("payments.unfulfilled",)),
    Step(N_("Everybody who paid gets the access"), ("reconcile", "--yes", "--quiet"), 0),
    Step(N_("Doctor looks at every link again"), ("doctor",), 0, ()),
    Step(
        N_("A signed test payment proves the whole way"),
        ("verify", "--email", TEST_CUSTOMER, "--module", "3", "--yes", "--quiet"),
        0,
    ),
)


OF_LATER_VERSIONS = (
    Step(N_("Doctor names the cause"), ("doctor", "--quiet"), 1, ("stripe.endpoint-url",)),
    Step(N_("The endpoint is corrected"), ("check-stripe", "--fix", "--yes", "--quiet"), 0, ()),
    Step(N_("Doctor looks again: who paid still waits"), ("doctor", "--quiet"), 1, ("payments.unfulfilled",)),
    Step(N_("Everybody who paid gets the access"), ("reconcile", "--yes", "--quiet"), 0),
    Step(N_("Doctor looks at every link again"), ("doctor",), 0, ()),
)
"""The story of a shop whose table is there; its accesses are not those of tokens."""


@dataclass(frozen=True)
class Told:
    """How one step went; `document` is the command's JSON where it was asked for."""

    step: Step
    exit_code: int
    document: dict[str, Any] | None = None

    @property
    def as_planned(self) -> bool:
        """Did it come to what the story says?"""
        causes = (self.document or {}).get("causes")
        same_causes = self.step.causes is None or causes is None or tuple(causes) == self.step.causes
        return self.exit_code == self.step.exit_code and same_causes


def command_line(step: Step, house: House) -> str:
    """The command as a person would type it in the sandbox's folder."""
    return " ".join(("iahome-fix", *step.words, "--env-file", house.env_file.name))


def tell(step: Step, house: House, *, options: tuple[str, ...] = (), capture: bool = False) -> Told:
    """Run one step as a process of its own; with `capture` as JSON, otherwise straight to the terminal."""
    given = [*step.words, "--env-file", house.env_file.name, *options]
    if capture:
        given.append("--json")
    code, said = run_command(given, house.folder, capture=capture)
    return Told(step, code, json.loads(said) if capture else None)


def run_command(words: Sequence[str], folder: Path, *, capture: bool) -> tuple[int, str]:
    """One command in a folder, which sees nothing of the operator's: its exit code, and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "iahome_fix", *words],
        cwd=folder,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if capture else None,
        text=True,
        encoding="utf-8",
        timeout=_LONGEST,
        check=False,
    )
    return done.returncode, done.stdout or ""
