"""Stripe's OpenAPI file as JSON Schema, to hold answers against it.

The file is not part of the repository: it lies beside it, in shared/stripe.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "stripe"
SPEC = FOLDER / "openapi-trimmed.json"
FIXTURES = FOLDER / "fixtures.json"
ABSENT = f"Stripe's OpenAPI file is not there: {SPEC}"

Schema = dict[str, Any]

_OPTIONAL_TEXT = {"type": ["string", "null"]}
_ISO = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
# The file covers v1 only; this follows the types of the Stripe library.
_DESTINATION: Schema = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "pattern": "^ed_"},
        "object": {"const": "v2.core.event_destination"},
        "created": _ISO,
        "updated": _ISO,
        "description": {"type": "string"},
        "enabled_events": {"type": "array", "items": {"type": "string"}},
        "event_payload": {"enum": ["snapshot", "thin"]},
        "events_from": {"type": ["array", "null"], "items": {"type": "string"}},
        "livemode": {"type": "boolean"},
        "metadata": {"type": ["object", "null"]},
        "name": {"type": "string"},
        "snapshot_api_version": _OPTIONAL_TEXT,
        "status": {"enum": ["enabled", "disabled"]},
        "status_details": {
            "type": ["object", "null"],
            "properties": {"disabled": {"type": "object", "required": ["reason"]}},
        },
        "type": {"enum": ["amazon_eventbridge", "azure_event_grid", "webhook_endpoint"]},
        "webhook_endpoint": {
            "type": ["object", "null"],
            "properties": {"signing_secret": _OPTIONAL_TEXT, "url": _OPTIONAL_TEXT},
            "required": ["signing_secret", "url"],
            "additionalProperties": False,
        },
        "amazon_eventbridge": {"type": "object", "required": ["aws_event_source_status"]},
        "azure_event_grid": {"type": "object", "required": ["azure_partner_topic_status"]},
    },
    "additionalProperties": False,
}
_DESTINATION["required"] = [
    name
    for name in _DESTINATION["properties"]
    if name not in ("webhook_endpoint", "amazon_eventbridge", "azure_event_grid")
]
_DESTINATIONS: Schema = {
    "type": "object",
    "properties": {
        "data": {"type": "array", "items": _DESTINATION},
        "next_page_url": _OPTIONAL_TEXT,
        "previous_page_url": _OPTIONAL_TEXT,
    },
    "required": ["data", "next_page_url", "previous_page_url"],
    "additionalProperties": False,
}


def fold(node: Any) -> Any:
    """OpenAPI 3.0's `nullable` said in JSON Schema: null among the types and among the enum's values."""
    if isinstance(node, list):
        return [fold(item) for item in node]
    if not isinstance(node, dict):
        return node
    folded = {name: fold(value) for name, value in node.items()}
    if folded.get("nullable") is not True:
        return folded
    del folded["nullable"]
    if not isinstance(folded.get("type"), str):  # a reference, or a choice of schemas
        return {"anyOf": [folded, {"type": "null"}]}
    folded["type"] = [folded["type"], "null"]
    if "enum" in folded:
        folded["enum"] = [*folded["enum"], None]
    return folded


@cache
def spec() -> Schema:
    """The whole file, as it is."""
    loaded: Schema = json.loads(SPEC.read_text(encoding="utf-8"))
    return loaded


@cache
def fixtures() -> Schema:
    """Samples of objects and errors that go with it."""
    loaded: Schema = json.loads(FIXTURES.read_text(encoding="utf-8"))
    return loaded


def properties(kind: str) -> Schema:
    """The fields of an object of the API, with their schemas."""
    found: Schema = spec()["components"]["schemas"][kind]["properties"]
    return found


@cache
def _components() -> Schema:
    folded: Schema = fold(spec()["components"])
    return folded


def _validator(schema: Schema) -> Any:
    root = {**schema, "components": _components()}
    return jsonschema.Draft202012Validator(root)


@cache
def _of_kind(kind: str) -> Any:
    return _validator({"$ref": f"#/components/schemas/{kind}"})


@cache
def _of_operation(template: str, method: str) -> Any:
    answers = spec()["paths"][template][method]["responses"]
    return _validator(fold(answers["200"]["content"]["application/json"]["schema"]))


@cache
def _of_destinations() -> Any:
    return _validator(_DESTINATIONS)


def _for(method: str, path: str, status: int) -> Any:
    if status >= 400:
        return _of_kind("error")
    if path == "/v2/core/event_destinations":
        return _of_destinations()
    if path.endswith("/retry"):  # not in any published file; answers with the event
        return _of_kind("event")
    for template in spec()["paths"]:
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            return _of_operation(template, method.lower())
    raise LookupError(path)


def problems(method: str, path: str, status: int, body: Any) -> list[str]:
    """How an answer differs from what Stripe documents; empty when it does not."""
    errors = _for(method, path, status).iter_errors(body)
    return [f"{error.json_path}: {error.message[:200]}" for error in errors]


def object_problems(kind: str, body: Any) -> list[str]:
    """The same for one object outside an answer."""
    return [f"{error.json_path}: {error.message[:200]}" for error in _of_kind(kind).iter_errors(body)]
