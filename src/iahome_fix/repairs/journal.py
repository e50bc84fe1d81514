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
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iahome_fix import __version__

if TYPE_CHECKING:
    from iahome_fix.settings import Settings

_FOLDER = ".iahome-fix"
_RUNS = "runs"
MOST_IDS, MOST_IMAGES, LONGEST_IMAGE = 10_000, 1_000, 2_000
"""What the journal keeps of the rows of one run: ids of each kind, images, characters of one image."""
STARTED, APPLIED, PARTLY, FAILED = "started", "applied", "partly", "failed"
INTERRUPTED, UNKNOWN = "interrupted", "unknown"
STATES = (STARTED, APPLIED, PARTLY, FAILED, INTERRUPTED, UNKNOWN)
"""How far a run came. `partly`: some of the plan was applied; `unknown`: the answer to a commit got lost."""


@dataclass(frozen=True)
class Run:
    """One run on record.

    Attributes:
        started, ended: ISO 8601, UTC; `ended` is None while it runs, and for ever when it was killed.
        who: the system user who ran it.
        state: one of STATES.
        target: site, Supabase project, database and Stripe mode, as in the JSON documents.
        plan: the plan as its command prints it in JSON.
        changes: what was done: `rows` (see `row_record`; with `counts`, and `versions`, the numbers of the
            transactions that wrote them), `emails` (whose address got another form, without the address),
            `schema` (the steps that were taken), `schema_parts` (each change of the schema with its inverse),
            `stripe` (each object's fields before and after).
    """

    run_id: str
    command: str
    started: str
    who: str
    target: Mapping[str, Any]
    plan: Any
    state: str = STARTED
    ended: str | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    version: str = __version__


class Journal:
    """The runs of one project."""

    def __init__(self, folder: Path) -> None:
        """`folder`: the operator's project; the files go into `.iahome-fix/runs` of it."""
        self.folder = folder / _FOLDER / _RUNS

    def begin(self, run_id: str, command: str, target: Mapping[str, Any], plan: Any) -> Run:
        """Note that a run starts. Raises OSError when the folder cannot be written."""
        run = Run(run_id, command, _now(), _who(), dict(target), plan)
        self.folder.mkdir(parents=True, exist_ok=True)
        ignore = self.folder.parent / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        self._write(run)
        return run

    def go_on(self, run: Run, changes: Mapping[str, Any]) -> None:
        """Note what it changed so far. Raises OSError."""
        self._write(replace(run, changes=dict(changes)))

    def end(self, run: Run, state: str, changes: Mapping[str, Any]) -> Run:
        """Note how it ended. Raises OSError."""
        ended = replace(run, state=state, ended=_now(), changes=dict(changes))
        self._write(ended)
        return ended

    def find(self, run_id: str) -> Run | None:
        """The run of this id; None when it is not on record or its file is damaged."""
        if not run_id or Path(run_id).name != run_id:
            return None
        return _read(self.folder / f"{run_id}.json")

    def runs(self) -> tuple[Run, ...]:
        """All runs on record, the newest first; damaged files are left out."""
        try:
            files = sorted(self.folder.glob("*.json"), reverse=True)
        except OSError:
            return ()
        return tuple(run for run in map(_read, files) if run is not None)

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

    def _write(self, run: Run) -> None:
        """All of the file or nothing of it, whenever the process is killed."""
        target = self.folder / f"{run.run_id}.json"
        fresh = target.with_suffix(".new")
        with os.fdopen(
            os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as file:
            json.dump(asdict(run), file, indent=2, default=str)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)


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
    """The journal beside the env file that was named, or else in the folder of the project."""
    if settings.env_files:
        return Journal((settings.folder / settings.env_files[0]).resolve().parent)
    return Journal(settings.folder)


def _read(file: Path) -> Run | None:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        known = {f.name for f in fields(Run)}
        run = Run(**{name: value for name, value in found.items() if name in known})
    except (OSError, ValueError, TypeError, AttributeError):
        return None
    return run if _is_whole(run) else None


def _is_whole(run: Run) -> bool:
    """Whether each part is of the kind that this tool writes: a file may be damaged."""
    texts = (run.run_id, run.command, run.started, run.who, run.state)
    if not all(isinstance(text, str) for text in texts) or not isinstance(run.target, dict):
        return False
    if not isinstance(run.changes, dict):
        return False
    kinds = {"rows": dict, "emails": dict, "schema": list, "schema_parts": list, "stripe": list}
    return all(
        isinstance(run.changes[name], kind)
        for name, kind in kinds.items()
        if run.changes.get(name) is not None
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "?"
