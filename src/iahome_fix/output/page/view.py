"""What a page shows, ready as text: the templates and the Markdown add no word of their own."""

from __future__ import annotations

from dataclasses import dataclass, field

from iahome_fix.output.page.chain_picture import ChainPicture
from iahome_fix.output.page.chart import Chart


@dataclass(frozen=True)
class CheckView:
    """One check. `mark` is the sign of its status; `known`: that somebody answers for it; `evidence`: names
    and their lines."""

    id: str
    title: str
    kind: str
    status: str
    mark: str
    word: str
    detail: str
    because_of: tuple[str, ...] = ()
    hint: str | None = None
    command: str | None = None
    known: str | None = None
    evidence: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def open(self) -> bool:
        """Whether a reader should see its evidence without asking."""
        return self.status in ("fail", "warn", "unknown")


@dataclass(frozen=True)
class LinkView:
    """One link of the chain with its checks.

    `heading`: its name and question; `counts`: `2 ok, 1 fail`; `broken`: the first cause is there.
    """

    name: str
    heading: str
    status: str
    mark: str
    word: str
    counts: str
    broken: bool
    checks: tuple[CheckView, ...]


@dataclass(frozen=True)
class Table:
    """A table: which columns are numbers, and the total, if there is one."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()
    total: tuple[str, ...] | None = None


@dataclass(frozen=True)
class View:
    """The whole page.

    Attributes:
        verdict: `healthy`, `exposed`, `broken` or `unknown`; `word` in capitals, `headline` as a sentence.
        said: what else is said beside the headline: who waits, how many checks.
        target, made: what was looked at, and when and by which version.
        causes_title: how the checks stand to the verdict; `commands_title`, `commands`: what to type.
        figures: numbers with their words.
        money_said: what is to say of payments where there is no table or chart, and beside them.
        words: headings and labels of the template.
    """

    language: str
    title: str
    verdict: str
    mark: str
    word: str
    headline: str
    said: tuple[str, ...]
    target: tuple[tuple[str, str], ...]
    made: str
    chain: ChainPicture
    links: tuple[LinkView, ...]
    causes_title: str
    causes: tuple[CheckView, ...]
    commands_title: str
    commands: tuple[str, ...]
    figures: tuple[tuple[str, str], ...]
    money_said: tuple[str, ...]
    reasons: Table | None
    chart: Chart | None
    periods: Table | None
    journal: Table | None
    journal_said: tuple[str, ...]
    words: dict[str, str] = field(default_factory=dict)
