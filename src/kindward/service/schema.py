"""The words of the OpenAPI document: what each route takes and gives, with examples.

Written by hand, because the routes take bytes and give records that the command line shares; tests hold the document
against real answers.
"""

from __future__ import annotations

from typing import Any

from kindward.service.questions import MOST, PDQ_BYTES

DESCRIPTION = """\
A content is checked before it is sent, or a fingerprint of it is looked up. Nothing is stored, nothing is fetched.

A fingerprint is no harmless stand-in: whoever receives it can recognise the picture with it. Content that travels
end-to-end encrypted, and fingerprints of it, are refused (403).

`simulated` means that the decision was counted and that nobody is asked to act on it.
"""

_TEXT = {"type": "string"}
_DECISION = {"type": "string", "enum": ["pass", "hold", "block"]}
_WHOLE = {"type": "integer", "minimum": 0}


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON schema
    return {
        "type": "object",
        "properties": required | (optional or {}),
        "required": list(required),
        "additionalProperties": False,
        **more,
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


_MATCH = _object(
    {
        "bank": _TEXT,
        "entry": _TEXT,
        "signal": _TEXT,
        "distance": _WHOLE,
        "threshold": _WHOLE,
        "view": {"type": "string", "description": "The rendering of the content that matched."},
    }
)
_VERSIONS = _object(
    {
        "signal": {"type": "array", "items": _TEXT},
        "bank": {
            "type": "object",
            "additionalProperties": _object(
                {
                    "version": _TEXT,
                    "trust": {"enum": ["imported", "federated"]},
                    "simulated": {"type": "boolean", "description": "Its matches are told and decide nothing."},
                }
            ),
        },
        "policy": _TEXT,
    }
)
_RISK = _object(
    {"signal": _TEXT, "level": _TEXT, "score": {"type": "number"}, "reasons": {"type": "array", "items": _TEXT}}
)
_NOTES = {
    "type": "array",
    "items": _TEXT,
    "description": "Codes of what must be known beside the findings, such as below_threshold.",
}
_VERDICT = _object(
    {
        "path": {"type": "null", "description": "Always null here; the command line tells the file."},
        "decision": _DECISION,
        "simulated": {"type": "boolean"},
        "matches": {"type": "array", "items": _ref("Match"), "description": "Best match first."},
        "risks": {"type": "array", "items": _ref("Risk")},
        "versions": _ref("Versions"),
        "notes": _NOTES,
        "error": {
            "anyOf": [{"type": "null"}, _object({"code": _TEXT, "message": _TEXT, "hint": _TEXT})],
            "description": "Why only a part of the content was checked, else null; errors are problem documents.",
        },
    }
)
_BATCH = _object(
    {
        "count": _WHOLE,
        "simulated": {"type": "boolean"},
        "matched": {
            "type": "array",
            "items": _object(
                {
                    "index": _WHOLE,
                    "decision": _DECISION,
                    "simulated": {"type": "boolean"},
                    "matches": {"type": "array", "items": _ref("Match")},
                    "notes": _NOTES,
                }
            ),
            "description": "Only the fingerprints that match something, by their position from 0.",
        },
        "otherwise": _DECISION | {"description": "The decision for all others."},
        "versions": _ref("Versions"),
    }
)
_PROBLEM = _object(
    {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "code": {"type": "string", "description": "Stable, for machines."},
        "hint": _TEXT,
    },
    {
        "decision": _DECISION | {"description": "What the policy decides for content that could not be checked."},
        "simulated": {"type": "boolean"},
    },
)
_BANKS = _object(
    {
        "banks": {
            "type": "array",
            "items": _object(
                {
                    "name": _TEXT,
                    "version": _TEXT,
                    "trust": {"enum": ["imported", "federated"]},
                    "simulated": {
                        "type": ["string", "null"],
                        "description": "Why its matches decide nothing, as a code; null if they decide.",
                    },
                    "entries": {"type": "object", "additionalProperties": _WHOLE},
                }
            ),
        }
    }
)
_QUESTION = _object(
    {
        "fingerprints": {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST,
            "items": {
                "anyOf": [
                    _object(
                        {"signal": {"const": "pdq/1"}, "value": {"type": "string", "pattern": "^[0-9A-Fa-f]{64}$"}},
                        {"quality": {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 100}, {"type": "null"}]}},
                    ),
                    _object(
                        {
                            "signal": {"const": "digest/1"},
                            "value": {
                                "type": "string",
                                "pattern": "^([0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})$",
                            },
                        },
                        {"quality": {"type": "null"}},
                    ),
                ]
            },
        }
    }
)

COMPONENTS: dict[str, Any] = {
    "securitySchemes": {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "Made by `kindward token create --role checker|operator`.",
        }
    },
    "schemas": {
        "Match": _MATCH,
        "Risk": _RISK,
        "Versions": _VERSIONS,
        "Verdict": _VERDICT,
        "Batch": _BATCH,
        "Problem": _PROBLEM,
        "Banks": _BANKS,
        "Question": _QUESTION,
    },
}

_VALUE = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"
_VERSIONS_EXAMPLE = {
    "signal": ["pdq/1"],
    "bank": {"known": {"version": "2026-11-23T12:00:00Z", "trust": "imported", "simulated": False}},
    "policy": "default/1",
}
_MATCH_EXAMPLE = {
    "bank": "known",
    "entry": "list-17",
    "signal": "pdq/1",
    "distance": 6,
    "threshold": 31,
    "view": "mirror",
}


def _verdict_example(decision: str, *matches: dict[str, object]) -> dict[str, object]:
    return {
        "path": None,
        "decision": decision,
        "simulated": True,
        "matches": list(matches),
        "risks": [],
        "versions": _VERSIONS_EXAMPLE,
        "notes": [],
        "error": None,
    }


_VERDICTS = {
    "nothing found": {"value": _verdict_example("pass")},
    "found": {"value": _verdict_example("hold", _MATCH_EXAMPLE)},
}
_REASONS = {
    400: "The request is no proper HTTP.",
    401: "No token, or one that is not valid.",
    403: "The token is for another role, or the content is marked as end-to-end encrypted.",
    408: "The body did not arrive in time.",
    413: "The body is larger than the limit.",
    415: "The body is of another kind.",
    422: "The content could not be checked (with the policy's decision), or the body cannot be used.",
    429: "Too much at once, or too many fingerprints in a minute; `Retry-After` says when to try again.",
    500: "A fault of kindward's own.",
    503: "No bank has proven itself, or the database does not answer.",
}
_UNREADABLE = {
    "type": "urn:kindward:problem:picture_unreadable",
    "title": "Could not be checked",
    "status": 422,
    "detail": "The picture is damaged or cut off.",
    "code": "picture_unreadable",
    "hint": "",
    "decision": "hold",
    "simulated": True,
}


def _json(schema: str, examples: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"application/json": {"schema": _ref(schema)} | ({"examples": examples} if examples else {})}


def _responses(meaning: str, content: dict[str, Any], *statuses: int) -> dict[int | str, Any]:
    problems: dict[int | str, Any] = {
        str(status): {
            "description": _REASONS[status],
            "content": {"application/problem+json": {"schema": _ref("Problem")}},
        }
        for status in statuses
    }
    if "422" in problems:
        problems["422"]["content"]["application/problem+json"]["example"] = _UNREADABLE
    return {"200": {"description": meaning, "content": content}} | problems


_ENCRYPTED = [
    {
        "name": "Kindward-Encrypted",
        "in": "header",
        "required": False,
        "description": "`true` for content that travels end-to-end encrypted; it is then refused with 403.",
        "schema": {"type": "boolean", "default": False},
    },
    {
        "name": "encrypted",
        "in": "query",
        "required": False,
        "description": "The same for callers that cannot set a header.",
        "schema": {"type": "boolean", "default": False},
    },
]
_ACCOUNT = {
    "name": "Kindward-Account",
    "in": "header",
    "required": False,
    "description": (
        "Whose content it is, in any words that are always the same for one account. They are kept only if there is a "
        "match, only as a keyed digest, and only for an epoch. Without it decisions take effect at the first match."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[ -~]+$"},
}
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_OPEN: dict[str, Any] = {"security": []}

ROUTES: dict[str, dict[str, Any]] = {
    "/v1/check": {
        "method": "POST",
        "operation": "check",
        "summary": "Check one content.",
        "description": "The bytes, or a form with one file. Equal bytes sent at the same time share one check.",
        "responses": _responses(
            "The verdict.", _json("Verdict", _VERDICTS), 400, 401, 403, 408, 413, 415, 422, 429, 500, 503
        ),
        "extra": {
            "parameters": [*_ENCRYPTED, _ACCOUNT],
            "requestBody": {
                "required": True,
                "content": {
                    "application/octet-stream": _BYTES,
                    "image/*": _BYTES,
                    "multipart/form-data": {"schema": _object({"file": {"type": "string", "format": "binary"}})},
                },
            },
        },
    },
    "/v1/match": {
        "method": "POST",
        "operation": "match",
        "summary": "Look fingerprints up.",
        "description": (
            "As JSON: the fingerprints of one content, answered with one verdict. As `application/vnd.kindward.pdq`: "
            f"1 to {MOST} PDQ values of {PDQ_BYTES} bytes, each of another content. "
            "Counted and limited for each token, because the route would tell whoever alters a picture when it "
            "is no longer recognised."
        ),
        "responses": _responses(
            "The verdict, or for the binary form those that match.",
            {"application/json": {"schema": {"anyOf": [_ref("Verdict"), _ref("Batch")]}, "examples": _VERDICTS}},
            400,
            401,
            403,
            408,
            413,
            415,
            422,
            429,
            500,
            503,
        ),
        "extra": {
            "parameters": [*_ENCRYPTED, _ACCOUNT],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": _ref("Question"),
                        "example": {"fingerprints": [{"signal": "pdq/1", "value": _VALUE, "quality": 100}]},
                    },
                    "application/vnd.kindward.pdq": {
                        "schema": {
                            "type": "string",
                            "format": "binary",
                            "minLength": PDQ_BYTES,
                            "maxLength": MOST * PDQ_BYTES,
                        }
                    },
                },
            },
        },
    },
    "/v1/banks": {
        "method": "GET",
        "operation": "banks",
        "summary": "List the banks in force.",
        "description": "Name, version, where its authority comes from, and how many entries it has; never an entry.",
        "responses": _responses(
            "The banks; none while no bank can be trusted.",
            _json(
                "Banks",
                {
                    "one bank": {
                        "value": {
                            "banks": [
                                {
                                    "name": "known",
                                    "version": "2026-11-23T12:00:00Z",
                                    "trust": "imported",
                                    "simulated": None,
                                    "entries": {"pdq/1": 1200},
                                }
                            ]
                        }
                    }
                },
            ),
            401,
            500,
            503,
        ),
        "extra": {},
    },
    "/healthz": {
        "method": "GET",
        "operation": "healthz",
        "summary": "Does the worker answer?",
        "description": "Needs no token and says nothing else.",
        "responses": _responses("It does.", {"application/json": {"schema": _object({"alive": {"const": True}})}}),
        "extra": _OPEN,
    },
    "/readyz": {
        "method": "GET",
        "operation": "readyz",
        "summary": "May requests be sent here?",
        "description": (
            "Needs no token. Not ready without a bank that has proven itself. `stale` stands there while the signature "
            "of a subscribed list has run out: it goes on matching, but may lack newer changes."
        ),
        "responses": _responses(
            "They may.",
            {"application/json": {"schema": _object({"ready": {"const": True}}, {"stale": {"const": True}})}},
            503,
        ),
        "extra": _OPEN,
    },
    "/metrics": {
        "method": "GET",
        "operation": "metrics",
        "summary": "Counts of all workers, for Prometheus.",
        "description": "For operators' tokens, even from the same machine: behind a proxy everybody comes from there.",
        "responses": _responses("The counts.", {"text/plain": {"schema": _TEXT}}, 401, 403, 500, 503),
        "extra": {},
    },
    "/openapi.json": {
        "method": "GET",
        "operation": "openapi",
        "summary": "This document.",
        "description": "OpenAPI 3.1.",
        "responses": _responses("The document.", {"application/json": {"schema": {"type": "object"}}}, 401, 500, 503),
        "extra": {},
    },
}
