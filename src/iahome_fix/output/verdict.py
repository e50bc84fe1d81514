"""What a report says on one small screen: the verdict, who waits, the cause, and what to type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from iahome_fix.i18n import _, ngettext
from iahome_fix.model import Fix, Link, Report, Result, Status, Verdict
from iahome_fix.output.links import EDITOR
from iahome_fix.output.screen import Screen
from iahome_fix.output.verdict_words import (
    counted,
    headline,
    known_no_more,
    known_of,
    main_results,
    paid,
    waiting,
)
from iahome_fix.output.wrapping import firm, split_command

MOST_LINES = 20
"""So many lines, the target above them and a prompt below fit a terminal of 24."""
_INDENT = 9
_LEAST_OF_A_CAUSE = 2
_MOST_COMMANDS = 3
_MOST_KNOWN = 2


@dataclass(frozen=True)
class Ways:
    """Commands of this run's target that a report ends with; None where there is none to name.

    `repair`: mends all of it with one question. `verify`: proves a healthy chain. `whole`: looks at all.
    `details`: shows every check.
    """

    repair: str | None = None
    verify: str | None = None
    details: str | None = None
    whole: str | None = None


@dataclass(frozen=True)
class _Para:
    """One paragraph of the block. `command`: to be copied, never broken; `most`: lines that stay of it."""

    text: str = ""
    style: str | None = None
    indent: int = 0
    first: str = ""
    command: bool = False
    most: int | None = None

    def lines(self, screen: Screen) -> list[str]:
        if self.command:
            return [" " * self.indent + self.text]
        found = screen.laid_out(self.text, indent=self.indent, first=self.first)
        if self.most is None or len(found) <= self.most:
            return found
        more = screen.laid_out("…")[0]
        last = found[self.most - 1][: screen.width - len(more) - 1].rstrip()
        return [*found[: self.most - 1], f"{last} {more}"]

    def rows(self, screen: Screen) -> int:
        """How many rows of the terminal it takes, which breaks what is too long."""
        return sum(max(1, -(-len(line) // screen.width)) for line in self.lines(screen))

    def show(self, screen: Screen) -> None:
        if self.command:
            screen.command(self.text, indent=self.indent)
            return
        screen.put(self.lines(screen), self.style)


@dataclass(frozen=True)
class _Cause:
    """One of the main results, ready to be shown."""

    result: Result
    label: str
    hint: str | None
    command: str | None
    page: str | None = None
    shown: bool = True
    with_hint: bool = True
    most: int | None = None

    @property
    def whole(self) -> bool:
        return self.shown and self.most is None and (self.with_hint or not self.hint)

    @property
    def paragraphs(self) -> list[_Para]:
        found = [
            _Para(),
            _Para(self.result.check.id, "title", _INDENT, self.label),
            _Para(self.result.finding.detail, None, _INDENT, most=self.most),
        ]
        if self.hint and self.with_hint:
            found.append(_Para(self.hint, "quiet", _INDENT))
            if self.page:
                found.append(_Para(self.page, "quiet", _INDENT))
            if self.command:
                found.append(_Para(self.command, indent=_INDENT, command=True))
        return found


@dataclass(frozen=True)
class _Block:
    """The whole of it, to be made shorter until it fits."""

    head: Sequence[_Para]
    causes: Sequence[_Cause]
    end: Sequence[_Para]

    @property
    def paragraphs(self) -> list[_Para]:
        hidden = sum(not cause.shown for cause in self.causes)
        more = [_Para(_left_out(hidden), "quiet", _INDENT)] if hidden else []
        shown = [para for cause in self.causes if cause.shown for para in cause.paragraphs]
        return [*self.head, *shown, *more, *self.end]

    def rows(self, screen: Screen) -> int:
        return sum(para.rows(screen) for para in self.paragraphs)


@dataclass(frozen=True)
class VerdictBlock:
    """The verdict, who waits, the causes, and what to type, in `MOST_LINES` lines; commands are never cut."""

    screen: Screen
    block: _Block

    @classmethod
    def of(
        cls, screen: Screen, report: Report, ways: Ways, *, quiet: bool = False, links: bool = False
    ) -> VerdictBlock:
        """The block of a report, fitted to this screen. `links`: they are shown above it."""
        block = _Block(
            _head(report, ways, quiet=quiet, links=links), _causes(report, screen), _end(report, ways)
        )
        return cls(screen, _fitted(screen, block))

    @property
    def in_full(self) -> frozenset[str]:
        """The checks of which it says all that there is to say."""
        return frozenset(cause.result.check.id for cause in self.block.causes if cause.whole)

    def show(self) -> None:
        """Print it."""
        for para in self.block.paragraphs:
            para.show(self.screen)


def _fitted(screen: Screen, block: _Block) -> _Block:
    """Shorter step by step: what comes first is what a reader misses least."""
    for shorter in (_without_hints, _shortened, _without_hint, _fewer, _clipped):
        if block.rows(screen) <= MOST_LINES:
            break
        block = shorter(screen, block)
    return block


def _without_hints(_screen: Screen, block: _Block) -> _Block:
    first, rest = block.causes[:1], block.causes[1:]
    return replace(block, causes=[*first, *(replace(cause, with_hint=False) for cause in rest)])


def _shortened(_screen: Screen, block: _Block) -> _Block:
    first, rest = block.causes[:1], block.causes[1:]
    return replace(block, causes=[*first, *(replace(cause, most=_LEAST_OF_A_CAUSE) for cause in rest)])


def _without_hint(_screen: Screen, block: _Block) -> _Block:
    """The hint of the first cause goes only where a command says what to do."""
    if not block.causes or block.causes[0].result.finding.fix is None:
        return block
    return replace(block, causes=[replace(block.causes[0], with_hint=False), *block.causes[1:]])


def _fewer(screen: Screen, block: _Block) -> _Block:
    for kept in range(len(block.causes) - 1, 0, -1):
        causes = [replace(cause, shown=number < kept) for number, cause in enumerate(block.causes)]
        block = replace(block, causes=causes)
        if block.rows(screen) <= MOST_LINES:
            break
    return block


def _clipped(screen: Screen, block: _Block) -> _Block:
    if not block.causes:
        return block
    first = block.causes[0]
    text = _Para(first.result.finding.detail, None, _INDENT)
    for most in range(len(text.lines(screen)) - 1, _LEAST_OF_A_CAUSE - 1, -1):
        block = replace(block, causes=[replace(first, most=most), *block.causes[1:]])
        if block.rows(screen) <= MOST_LINES:
            break
    return block


def _left_out(count: int) -> str:
    return ngettext(
        "and {count} more; --details shows it", "and {count} more; --details shows them", count
    ).format(count=count)


def _head(report: Report, ways: Ways, *, quiet: bool, links: bool) -> list[_Para]:
    style = report.verdict.value
    found = [_Para(headline(report), style)]
    if report.sales and report.sales.owed.sales:
        found.append(_Para(waiting(report.sales.owed), style))
    elif report.paid and report.paid.sales and report.verdict is Verdict.BROKEN:
        found.append(_Para(paid(report.paid), style))
    if not quiet:
        more = _("; {option} shows each").format(option="--details") if ways.details and not links else ""
        found.append(_Para(counted(report) + more, "quiet"))
        warned = [r.check.id for r in report.results if r.status is Status.WARN and r.acknowledged is None]
        if warned and not links:
            found.append(_Para(", ".join(warned), "warn", first=_("warnings:") + " ", most=2))
    found += [_Para(known_of(result), "warn", most=2) for result in report.acknowledged[:_MOST_KNOWN]]
    others = len(report.acknowledged) - _MOST_KNOWN
    if others > 0:
        found.append(_Para(_("and {count} more that are acknowledged").format(count=others), "warn"))
    found += [_Para(known_no_more(one), "warn", most=2) for one in report.expired[:_MOST_KNOWN]]
    return found


def _causes(report: Report, screen: Screen) -> list[_Cause]:
    label = _("cause") if report.causes else _("see")
    told: set[str] = set()
    found = []
    # Where no check has a repair, the commands of the hints stand at the end.
    beside = any(result.finding.fix for result in main_results(report))
    for result in main_results(report):
        finding = result.finding
        text, command = split_command(finding.hint) if finding.hint else (None, None)
        again = finding.hint in told
        told |= {finding.hint} if finding.hint else set()
        own = command if beside and finding.fix is None else None
        editor = screen.page_of(_(EDITOR)) if text and _(EDITOR) in text else None
        found.append(_Cause(result, label, None if again else text, own, editor))
        label = _("also")
    return found


def _end(report: Report, ways: Ways) -> list[_Para]:
    main = main_results(report)
    fixes = list(dict.fromkeys(r.finding.fix for r in main if r.finding.fix))
    if not fixes:
        return _named_by_hints(report) or _proof(report, ways)
    if main[0].finding.fix is None:
        lead = _("next: repair {check} by hand, as said above; then").format(check=main[0].check.id)
    else:
        lead = _("next, in this order:") if len(fixes) > 1 else _("next:")
    commands = [_Para(fix.command, indent=2, command=True) for fix in fixes]
    return [_Para(), _Para(lead), *commands, *_all_at_once(fixes, ways)]


def _named_by_hints(report: Report) -> list[_Para]:
    """What to type where no check has a repair of its own, and hints end with a command."""
    commands = _commands_of_hints(report)
    return (
        [_Para(), _Para(_("next:")), *(_Para(one, indent=2, command=True) for one in commands)]
        if commands
        else []
    )


def _commands_of_hints(report: Report) -> list[str]:
    found = (split_command(r.finding.hint)[1] for r in main_results(report) if r.finding.hint)
    return list(dict.fromkeys(filter(None, found)))[:_MOST_COMMANDS]


def _all_at_once(fixes: Sequence[Fix], ways: Ways) -> list[_Para]:
    if ways.repair is None or any(fix.command.split()[1] == "repair" for fix in fixes):
        return []
    text = _("or all of it with one question: {command}").format(command=firm(ways.repair))
    return [_Para(text)]


def _proof(report: Report, ways: Ways) -> list[_Para]:
    if report.verdict is not Verdict.HEALTHY:
        return []
    looked_at_all = {r.check.link for r in report.results} == set(Link)
    command = ways.verify if looked_at_all else ways.whole
    if command is None:
        return []
    words = (
        _("to prove it by a test payment, which is removed again:")
        if looked_at_all
        else _("to look at the rest of the chain:")
    )
    return [_Para(), _Para(words), _Para(command, indent=2, command=True)]
