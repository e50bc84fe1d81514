"""Asks osv.dev which of the installed packages have known vulnerabilities; exit codes as the tool's own.

0: none is known of any of them. 1: some are, and are named. 3: it could not be asked, which is no "none".
It is run by the Python of the environment in question. What is sent are names and versions of packages, in
one request; OSV_URL is another address to ask.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.metadata import distributions
from typing import Any

import httpx

URL = "https://api.osv.dev/v1/querybatch"
NONE_KNOWN, SOME_KNOWN, COULD_NOT_TELL = 0, 1, 3
_SECONDS = 60

Package = tuple[str, str]


class NotAsked(Exception):
    """The service gave no answer to the question."""


def installed() -> list[Package]:
    """Name and version of each package of this environment, but for the project itself."""
    found = {(one.metadata["Name"], one.version) for one in distributions()}
    return sorted(package for package in found if package[0] != "iahome-fix")


def known(packages: Sequence[Package], url: str) -> dict[Package, list[str]]:
    """The ids of the vulnerabilities, by package. Raises NotAsked for anything but a whole answer."""
    queries = [
        {"package": {"ecosystem": "PyPI", "name": name}, "version": version} for name, version in packages
    ]
    try:
        answer = httpx.post(url, json={"queries": queries}, timeout=_SECONDS)
        answer.raise_for_status()
        results = answer.json()["results"]
    except httpx.HTTPError as error:
        raise NotAsked(f"{type(error).__name__}: {error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise NotAsked("the answer is not of the service's shape") from error
    if not isinstance(results, list) or len(results) != len(packages):
        raise NotAsked("the answer is not one for each package")
    return {package: ids for package, one in zip(packages, results, strict=True) if (ids := _ids(one))}


def _ids(result: Any) -> list[str]:
    if not isinstance(result, dict):
        raise NotAsked("the answer for a package is not of the service's shape")
    found = [str(one["id"]) for one in result.get("vulns", [])]
    return [*found, "and more"] if result.get("next_page_token") else found


def main(packages: Sequence[Package], url: str) -> int:
    """Say what is known; the exit code."""
    try:
        found = known(packages, url)
    except NotAsked as error:
        sys.stdout.write(
            f"could not be asked: whether {len(packages)} packages have known vulnerabilities ({error})\n"
        )
        return COULD_NOT_TELL
    for (name, version), ids in found.items():
        sys.stdout.write(f"{name} {version}: {', '.join(ids)}\n")
    sys.stdout.write(f"{len(found)} of {len(packages)} packages have known vulnerabilities\n")
    return SOME_KNOWN if found else NONE_KNOWN


if __name__ == "__main__":
    sys.exit(main(installed(), os.environ.get("OSV_URL", URL)))
