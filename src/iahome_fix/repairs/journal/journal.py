"""The journal: one file per run that writes, kept beside the operator's project.

A run is noted with its plan before anything is written, and with its outcome afterwards, so that a run that
was killed is on record, too. The rows carry the run's id in their metadata: what the journal lost can be told
from them. No secret and no e-mail address goes into it.
"""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iahome_fix.errors import CouldNotTell, Refused, ToolError
from iahome_fix.i18n import _
from iahome_fix.repairs.journal.check import run_of
from iahome_fix.repairs.journal.file import Damaged, Foreign, Unusable
from iahome_fix.repairs.journal.run import APPLIED, RUN_ID, STARTED, Run, differing

if TYPE_CHECKING:
    from iahome_fix.profile import AppProfile
    from iahome_fix.settings import Settings

_FOLDER = ".iahome-fix"
_RUNS = "runs"
_GIVING = ("backfill", "reconcile", "repair")
MOST_IDS, MOST_IMAGES, LONGEST_IMAGE = 10_000, 1_000, 2_000
"""What the journal keeps of the rows of one run: ids of each kind, images, characters of one image."""


@dataclass(frozen=True)
class Unread:
    """A file of the journal that nothing is taken from, and why; `foreign`: whole, but not this tool's."""

    run_id: str
    file: Path
    reason: str
    foreign: bool = False

    def error(self) -> ToolError:
        """What a command says that was asked for this run."""
        text = _("the journal of run {run} is not used: {reason}; nothing was undone").format(
            run=self.run_id, reason=self.reason
        )
        hint = _(
            "look at {file}; with it moved away, undo reverses the rows alone, which carry the run's id"
        ).format(file=self.file)
        if self.foreign:
            return Refused("journal-foreign", text, hint)
        return CouldNotTell("journal-damaged", text, hint)


class Journal:
    """The runs of one project."""

    def __init__(self, folder: Path) -> None:
        """`folder`: the operator's project; the files go into `.iahome-fix/runs` of it."""
        self.folder = folder / _FOLDER / _RUNS

    def begin(
        self, run_id: str, command: str, target: Mapping[str, Any], plan: Any, *, reason: str | None = None
    ) -> Run:
        """Note that a run starts, and why. Raises OSError when the folder cannot be written."""
        run = Run(run_id, command, _now(), _who(), dict(target), plan, reason=reason)
        self.folder.mkdir(parents=True, exist_ok=True)
        ignore = self.folder.parent / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        self._write(run)
        return run

    def go_on(self, run: Run, changes: Mapping[str, Any], state: str = STARTED) -> None:
        """Note what it changed so far; `state`: unknown while a commit is under way. Raises OSError."""
        self._write(replace(run, state=state, changes=dict(changes)))

    def end(self, run: Run, state: str, changes: Mapping[str, Any]) -> Run:
        """Note how it ended. Raises OSError."""
        ended = replace(run, state=state, ended=_now(), changes=dict(changes))
        self._write(ended)
        return ended

    def find(self, run_id: str) -> Run | None:
        """The run of this id; None when it is not on record.

        Raises CouldNotTell for a file that is damaged, Refused for one that this tool cannot have written.
        """
        if not RUN_ID.fullmatch(run_id):
            return None
        found = _look(self.folder / f"{run_id}.json")
        if isinstance(found, Unread):
            raise found.error()
        return found

    def entries(self) -> tuple[Run | Unread, ...]:
        """All that is on record, the newest first, with the files that nothing can be taken from."""
        try:
            with os.scandir(self.folder) as found:
                names = sorted((each.name for each in found if each.name.endswith(".json")), reverse=True)
        except FileNotFoundError:
            return ()
        except OSError as error:
            reason = _("the folder cannot be read ({reason})").format(reason=error.strerror or "?")
            return (Unread(_RUNS, self.folder, reason),)
        return tuple(entry for name in names if (entry := _look(self.folder / name)) is not None)

    def runs(self) -> tuple[Run, ...]:
        """All runs on record, the newest first; what cannot be used is left out."""
        return tuple(entry for entry in self.entries() if isinstance(entry, Run))

    def written(self, profile: AppProfile, target: Mapping[str, Any]) -> tuple[str, ...]:
        """The ids of the rows that runs made there by that profile, where the table says nothing of runs.

        What was brought over from another table (`migrate --to`) is as its handler wrote it, and not among
        them; what a run gave a later end is, until that is undone.
        """
        undone = self.undone()
        of_runs = [
            (run, rows)
            for run in self.runs()
            if run.command in _GIVING and not differing(run.target, target)
            for rows in [run.changes.get("rows") or {}]
            if rows.get("profile") == profile.name
        ]
        made = [one for _run, rows in of_runs for one in (rows.get("ids") or {}).get("created") or ()]
        made += [
            image["id"]
            for run, rows in of_runs
            if run.run_id not in undone
            for image in rows.get("lengthened") or ()
        ]
        return tuple(map(str, made))

    def undone(self) -> dict[str, str]:
        """The runs that were taken back, each with the last run that did so."""
        return {
            str(run.plan["undone_run"]): run.run_id
            for run in reversed(self.runs())
            if run.command == "undo"
            and run.state == APPLIED
            and isinstance(run.plan, dict)
            and "undone_run" in run.plan
        }

    def perhaps_undone(self, *, before: str) -> frozenset[str]:
        """The runs of which an undo is on record that ended otherwise, and began before the run `before`.

        Whatever became of it: of what a later run had to make, nothing was left of theirs.
        """
        return frozenset(
            str(run.plan["undone_run"])
            for run in self.runs()
            if run.command == "undo"
            and run.state != APPLIED
            and run.run_id < before
            and isinstance(run.plan, dict)
            and "undone_run" in run.plan
        )

    def _write(self, run: Run) -> None:
        """All of the file or nothing of it, whenever the process is killed, or the disk is full."""
        target = self.folder / f"{run.run_id}.json"
        fresh = target.with_suffix(".new")
        try:
            with os.fdopen(
                os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
            ) as file:
                json.dump(asdict(run), file, indent=2, default=str)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(target)
        except OSError:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)
            raise


def row_record(
    created: Sequence[Any],
    deactivated: Sequence[Any],
    images: Iterable[Mapping[str, Any]],
    *,
    left_out: int = 0,
) -> dict[str, Any]:
    """Which rows a run made and deactivated, and what the deactivated ones held before.

    Of each kind the first ids (MOST_IDS) are kept, the rest is counted in `left_out`: those rows are known by
    their run's id. An image that is long, or holds an address, is kept in its row alone.
    """
    shown = [
        {name: image[name] for name in ("id", "is_active", "updated_at", "metadata")} for image in images
    ]
    short = [image for image in shown if _is_fit(json.dumps(image, default=str))]
    return {
        "ids": {
            "created": list(created[:MOST_IDS]),
            "deactivated": list(deactivated[:MOST_IDS]),
            "left_out": left_out + max(len(created) - MOST_IDS, 0) + max(len(deactivated) - MOST_IDS, 0),
        },
        "before_images": short[:MOST_IMAGES],
    }


def _is_fit(image: str) -> bool:
    return "@" not in image and len(image) <= LONGEST_IMAGE


def journal_of(settings: Settings) -> Journal:
    """The journal beside the env file that was named, or else (a pipe too) in the folder of the project."""
    if settings.env_files and (settings.folder / settings.env_files[0]).is_file():
        return Journal((settings.folder / settings.env_files[0]).resolve().parent)
    return Journal(settings.folder)


def _look(file: Path) -> Run | Unread | None:
    name = file.stem if file.stem.isprintable() else ascii(file.stem)
    try:
        if not RUN_ID.fullmatch(file.stem):
            raise Damaged(_("its name is no run's id"))
        return run_of(file)
    except Unusable as problem:
        return Unread(name, file, problem.reason, foreign=isinstance(problem, Foreign))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "?"
