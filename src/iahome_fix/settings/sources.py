"""Loads the configuration: env files and process environment in, `Settings` out."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from iahome_fix.errors import UsageError
from iahome_fix.i18n import _, labelled
from iahome_fix.settings import env_files as files
from iahome_fix.settings import file_problems, integrations, layers, profile_file
from iahome_fix.settings.above import file_above
from iahome_fix.settings.expansion import references
from iahome_fix.settings.model import PROCESS_ENVIRONMENT, Source, Value, clean
from iahome_fix.settings.names import ALIASES, KNOWN, NEXT_FILES, is_public
from iahome_fix.settings.replacing import leaked
from iahome_fix.settings.settings import Settings
from iahome_fix.settings.stated import Stated, meaning

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from iahome_fix.settings.layers import Layer, Place, Reading
    from iahome_fix.settings.model import FileProblem
    from iahome_fix.settings.replacing import Leaked


def load_settings(
    env_files: Sequence[Path] = (),
    folder: Path | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    profile: str | None = None,
) -> Settings:
    """Reads the configuration as the app in production does.

    Args:
        env_files: what `--env-file` gave; these files, first wins, replace those of Next.js.
        folder: where the files of Next.js are looked for; the working folder without it.
        environ: the process environment; `os.environ` without it.
        profile: the name of the app profile, where the operator said it.

    Raises:
        UsageError: a file of `env_files` does not exist, is a folder, cannot be read or is not text; the
            profile file has a line that means nothing, or there is no profile of that name.
    """
    environ = os.environ if environ is None else environ
    # With files of their own the working folder, which may be gone, does not matter.
    base = folder or (Path() if env_files else _working_folder())
    problems: tuple[FileProblem, ...] = ()
    if env_files:
        texts = files.read_given(env_files)
    else:
        texts, problems = files.read_next(base, folder or Path())
    stack = [layers.Layer.of(file.where, file.text) for file in texts]
    reading = layers.read(stack, environ)
    inside = [
        problem
        for file, layer in zip(texts, stack, strict=True)
        for problem in file_problems.find(file.where, file.text, layer.assignments)
    ]
    dropped = [
        file_problems.endless_reference(stack[index].where, stack[index].assignments, name)
        for index, name in reading.dropped.items()
    ]
    by_name = {
        name: value
        for name in reading.found
        if name in KNOWN or is_public(name)
        if (value := integrations.plain(_value(name, reading, stack))) is not None
    }
    lost = [file_problems.lost_reference(v.source) for v in by_name.values() if v.lost and v.source.line]
    chosen = profile_file.chosen(base, profile)
    ranks = {layer.where: index for index, layer in enumerate(stack)}
    found = Settings(
        values=MappingProxyType(_canonical(by_name, ranks)),
        by_name=MappingProxyType(by_name),
        env_files=tuple(str(path) for path in env_files),
        files_read=tuple(file.where for file in texts),
        secrets_in=MappingProxyType({layer.where: held for layer in stack if (held := _secrets(layer))}),
        problems=(*problems, *(_placed(problem) for problem in (*inside, *dropped, *lost))),
        folder=base,
        profile=chosen.profile,
        profile_chosen=chosen.where,
        profiles=chosen.names,
        ignored=chosen.ignored,
        stated=MappingProxyType(dict(_stated(reading, stack))),
    )
    return found if found.has_app_file else replace(found, above=file_above(base))


def _working_folder() -> Path:
    """Raises UsageError where the folder that the shell stands in was deleted."""
    try:
        return Path.cwd()
    except OSError:
        raise UsageError(
            "no-folder",
            _("The folder that this command runs in does not exist any more."),
            _("Change into the folder of the app (cd), then run the same command again."),
        ) from None


def require_something(settings: Settings) -> None:
    """Makes sure that at least one variable of the tool is set.

    Raises:
        UsageError: none is, in no place.
    """
    if any(settings.get(name) for name in ALIASES):
        return
    looked = ", ".join(settings.env_files or NEXT_FILES)
    if settings.env_files:
        sentence = _(
            "Looked in the process environment and in {files}. Is it the env file of the app, with lines"
            " NAME=value?"
        )
    else:
        sentence = _(
            "Looked in the process environment and for {files} in {folder}. Run the command in the folder of"
            " the app, or name its env file with --env-file PATH."
        )
    sentence += " " + _first_steps(settings)
    unreadable = [problem.message for problem in settings.problems if problem.serious]
    raise UsageError(
        "no-configuration",
        " ".join([_("There is no configuration: no variable of the app is set."), *unreadable]),
        sentence.format(files=looked, folder=settings.folder),
    )


def _first_steps(settings: Settings) -> str:
    """What leads on from nothing; it ends with the command to type."""
    if settings.above is not None:
        path = str(settings.above)
        return _("{file} sets variables of the app: {command}").format(
            file=path, command=settings.command("doctor", "--env-file", path)
        )
    return _(
        "To try the tool without a project: iahome-fix sandbox. The next command asks for what is needed, and"
        " says where it is found: {command}"
    ).format(command=settings.command("init"))


def _placed(problem: FileProblem) -> FileProblem:
    """The problem with its place in front of its sentence: which file, which line."""
    place = Source(problem.path, problem.line, "").place
    return replace(problem, message=labelled(place, problem.message))


def _value(name: str, reading: Reading, stack: Sequence[Layer]) -> Value:
    found = reading.found[name]
    sources = [_source(name, place, stack) for place in found.places]
    lost = found.expanded and any(named not in reading.found for named in references(found.raw))
    return Value(found.text, found.raw, sources[0], tuple(sources[1:]), found.expanded, lost)


def _stated(reading: Reading, stack: Sequence[Layer]) -> Iterator[tuple[str, Stated]]:
    for name, found in reading.found.items():
        if clean(found.text):
            yield name, Stated(_source(name, found.places[0], stack), meaning(name, found.text))


def _source(name: str, place: Place, stack: Sequence[Layer]) -> Source:
    return Source(PROCESS_ENVIRONMENT if place.layer is None else stack[place.layer].where, place.line, name)


def _canonical(by_name: Mapping[str, Value], ranks: Mapping[str, int]) -> dict[str, Value]:
    """The values by canonical name, and all other public variables under their own.

    The canonical name wins wherever it is set, and an alias counts only where it is not: a stray DATABASE_URL
    of the shell must not turn a repair to another database. Of several aliases the place of highest rank
    wins,
    within one place the first. A variable that is set to nothing steps back behind its other names: it hides
    only itself, as it does for the app.
    """
    values = {}
    for canonical, aliases in ALIASES.items():
        candidates = [by_name[name] for name in (canonical, *aliases) if name in by_name]
        if candidates:
            values[canonical] = _best(canonical, candidates, ranks)
    return values | {name: value for name, value in by_name.items() if is_public(name) and name not in values}


def _best(canonical: str, candidates: Sequence[Value], ranks: Mapping[str, int]) -> Value:
    def rank(source: Source) -> int:
        return -1 if source.line is None else ranks[source.where]

    best = min(candidates, key=lambda v: (v.is_blank, v.source.name != canonical, rank(v.source)))
    sources = [s for value in candidates for s in (value.source, *value.shadows) if s is not best.source]
    return replace(best, shadows=tuple(sorted(sources, key=rank)))


def _secrets(layer: Layer) -> tuple[Leaked, ...]:
    """The values of a file that must stay out of version control; a template holds none."""
    found = (leaked(assignment.name, assignment.value) for assignment in layer.assignments)
    return tuple(dict.fromkeys(one for one in found if one is not None))
