"""A page as one HTML file that needs nothing else: its style inside, no script, nothing fetched."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

if TYPE_CHECKING:
    from iahome_fix.output.page.view import View

MARKER = '<meta name="generator" content="iahome-fix">'
"""Stands near the beginning of each page."""
TEMPLATES = Path(__file__).parent / "templates"


def html(page: View) -> str:
    """The whole file. Every value is escaped by the template engine; the style alone is taken as it is."""
    css = (TEMPLATES / "page.css").read_text(encoding="utf-8")
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            page=page,
            ids={check.id for link in page.links for check in link.checks},
            css=Markup(css),  # noqa: S704 - the package's own file
            policy=policy(css),
        )
    )


def policy(css: str) -> str:
    """What a browser may do with the page: show it, in this style, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
