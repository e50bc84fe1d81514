"""What a row of each query has: an answer of another shape is no answer, whoever gave it.

Columns that are named TEXT may be null unless a check cannot do without.
"""

from __future__ import annotations

from collections.abc import Mapping

from iahome_fix.systems.expected import LIST, OBJECT, TEXT, WHOLE, YES_NO, Kind, Shape

_MAY, _SOME = TEXT.or_null, YES_NO.or_null


def _texts(*columns: str) -> dict[str, Kind]:
    return dict.fromkeys(columns, TEXT)


def _counts(*columns: str) -> dict[str, Kind]:
    return dict.fromkeys(columns, WHOLE)


SHAPES: Mapping[str, Shape] = {
    query: Shape(columns)
    for query, columns in {
        "backfill/classified+backfill/plan": {**_texts("verdict"), **_counts("tokens")},
        "backfill/classified+checks/tokens": _counts(
            *("due", "due_email_owner", "due_doubled", "due_odd", "covered", "withdrawn")
        ),
        "checks/api_roles": {**_texts("kind", "role"), "value": _MAY},
        "checks/deactivated": {
            **_texts("row_id"),
            **_counts("found"),
            "session_id": _MAY,
            "closed": _SOME,
            "explained": _SOME,
        },
        "checks/denied_objects": {**_texts("schema", "object"), "statement": _MAY},
        "checks/email_case": {**_counts("found", "free"), "example": _MAY},
        "checks/ended_early": {**_texts("session_id", "id", "ends", "until"), "explained": _SOME},
        "checks/expired": {**_counts("found"), "oldest": _MAY},
        "checks/grant_collides": {"holds": _SOME},
        "checks/grant_excludes": {"holds": _SOME},
        "checks/grant_obstacles": {
            **_texts("kind", "name"),
            "condition": _MAY,
            "body": _MAY,
            "keys": _MAY,
            "drops": _SOME,
            "calls": _MAY,
        },
        "checks/grant_strangers": _counts("missing", "found"),
        "checks/known_profiles": {**_counts("found"), "hidden": YES_NO},
        "checks/grant_tried": {"holds": _SOME},
        "checks/must_be_filled": _texts("name"),
        "checks/own_updates": _texts("columns"),
        "checks/owner_form": {**_texts("table"), **_counts("found")},
        "checks/owners": {
            **_counts(
                *("tokens_without_owner", "tokens_with_email_owner", "tokens_of_strangers"),
                *("rows_with_email_owner", "rows_of_strangers", "rows_without_module"),
            ),
            "modules_gone": _MAY,
        },
        "checks/partitions": {**_texts("condition"), "key": _MAY, **_counts("partitions")},
        "checks/partitions_lacking": {"module": _MAY},
        "checks/payments_refunded": _texts("session_id", "row_id"),
        "checks/pre_request": {**_texts("name", "reset"), "called": _MAY, "closed_to": LIST},
        "checks/privileges": {**_texts("role", "table", "privilege"), "granted": _SOME},
        "checks/profile_emails": {**_texts("kind", "login"), "owns": _SOME},
        "checks/read_only": {**_texts("name"), "standby": YES_NO, "by_default": YES_NO},
        "checks/read_policies": {
            **_texts("asked", "table", "policy"),
            **dict.fromkeys(("is_view", "permissive"), YES_NO),
            **dict.fromkeys(("columns", "calls", "relations", "closed"), LIST.or_null),
            "condition": _MAY,
        },
        "checks/recursive_policies": _texts("policy"),
        "checks/refusals": _texts("name"),
        "checks/row_triggers": {
            **_texts("name", "function", "language", "body"),
            **dict.fromkeys(("on_insert", "on_update", "may_drop", "known"), YES_NO),
            "condition": _MAY,
        },
        "checks/sequence_end": {**_texts("name"), "last_value": WHOLE.or_null},
        "checks/session_modes": {**_texts("mode"), "newest": _MAY},
        "checks/source_access_types": {"value": _MAY},
        "checks/source_relations": {
            **_texts("name"),
            **dict.fromkeys(("columns", "keys", "moments"), LIST),
            "embeds": LIST.or_null,
        },
        "checks/strange_modules": {"module_id": _MAY},
        "checks/strayed": _texts("name", "statement"),
        "checks/tables": {
            **_texts("name"),
            "kind": _MAY,
            "row_level_security": _SOME,
            "columns": OBJECT.or_null,
        },
        "checks/trigger_needs": {**_texts("trigger", "function", "state", "reason"), "statement": _MAY},
        "checks/who_am_i": _texts("who", "version"),
        "checks/write_policies": _texts("policy", "command", "roles"),
        "checks/writers": {**_texts("role", "obstacle"), "statement": _MAY},
    }.items()
}
