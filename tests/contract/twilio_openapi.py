"""Twilio's own OpenAPI description as a judge of requests and answers.

It judges entries of the emulator's request log (`GET /emulator/requests`), so any test that talks through the emulator
can end with `assert judge.problems(emulator.requests()) == []`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

FILES = ("twilio_api_v2010.json", "twilio_content_v1.json", "twilio_messaging_v2.json")
METHODS = ("get", "post", "put", "delete")
# Used in an example of the description, and missing from its parameters.
UNDESCRIBED = frozenset({"Tags"})

Json = dict[str, Any]


def shared_dir() -> Path:
    """Where the description lies: LATIDO_SHARED_DIR, or `shared` beside the repository."""
    beside = Path(__file__).resolve().parents[2].parent / "shared"
    return Path(os.environ.get("LATIDO_SHARED_DIR", beside))


@dataclass(frozen=True)
class Operation:
    method: str
    path: re.Pattern[str]
    details: Json
    document: Json


class TwilioJudge:
    """Finds what Twilio's description has against a request or its answer."""

    def __init__(self, documents: Iterable[Json]) -> None:
        self._operations = [operation for document in documents for operation in _operations(document)]

    @staticmethod
    def or_skip() -> TwilioJudge:
        """The judge, or a skipped test where the description is absent."""
        folder = shared_dir() / "referee" / "twilio"
        if not folder.is_dir():
            pytest.skip(f"Twilio's OpenAPI description is not at {folder} (LATIDO_SHARED_DIR)")
        return TwilioJudge(_nulls_allowed(json.loads((folder / name).read_text())) for name in FILES)

    def problems(self, log: Iterable[Mapping[str, Any]]) -> list[str]:
        """What is wrong with the requests of a log and with their successful answers."""
        return [problem for entry in log for problem in (*self.of_request(entry), *self.of_answer(entry))]

    def of_request(self, entry: Mapping[str, Any]) -> list[str]:
        """Unknown paths and parameters, wrong types, missing ones, and Twilio's conditional rule."""
        operation = self._find(entry)
        if operation is None:
            return [f"{entry['method']} {entry['path']}: Twilio describes no such call"]
        if entry["json"] is not None:
            found = _against(operation, _body_schema(operation, "application/json"), entry["json"])
        else:
            found = [*_form_problems(operation, entry["form"] or {}), *_query_problems(operation, entry["query"])]
        return [f"{entry['method']} {entry['path']}: {problem}" for problem in found]

    def of_answer(self, entry: Mapping[str, Any]) -> list[str]:
        """What is wrong with the JSON of a 2xx; the description does not know other answers."""
        operation, status = self._find(entry), entry["status"]
        if operation is None or status is None or status >= 300:
            return []
        described = operation.details["responses"].get(str(status))
        if described is None:
            return [f"{entry['method']} {entry['path']}: {status} is not among the answers described"]
        content = described.get("content", {}).get("application/json")
        found = _against(operation, content["schema"], entry["response"]) if content else []
        return [f"answer to {entry['method']} {entry['path']}: {problem}" for problem in found]

    def _find(self, entry: Mapping[str, Any]) -> Operation | None:
        for operation in self._operations:
            if operation.method == entry["method"].lower() and operation.path.fullmatch(entry["path"]):
                return operation
        return None


def _operations(document: Json) -> Iterable[Operation]:
    for path, item in document["paths"].items():
        pattern = re.compile("".join(_part(part) for part in re.split(r"(\{\w+\})", path)))
        for method in METHODS:
            if method in item:
                yield Operation(method, pattern, item[method], document)


def _part(part: str) -> str:
    return r"[^/.]+" if part.startswith("{") else re.escape(part)


def _nulls_allowed(node: Any) -> Any:
    """OpenAPI 3.0's `nullable` in the words of JSON Schema."""
    if isinstance(node, list):
        return [_nulls_allowed(each) for each in node]
    if not isinstance(node, dict):
        return node
    changed = {key: _nulls_allowed(value) for key, value in node.items()}
    if changed.get("nullable") is True and isinstance(changed.get("type"), str):
        changed["type"] = [changed["type"], "null"]
        if "enum" in changed:
            changed["enum"] = [*changed["enum"], None]
    return changed


def _against(operation: Operation, schema: Json | None, value: Any) -> list[str]:
    if schema is None:
        return ["no such body is described"]
    whole = {"components": operation.document["components"], **schema}
    if "$ref" in schema:
        whole = {"components": operation.document["components"], "allOf": [schema]}
    errors = jsonschema.Draft202012Validator(whole).iter_errors(value)
    return [f"{'.'.join(map(str, error.absolute_path)) or 'body'}: {error.message}" for error in errors]


def _body_schema(operation: Operation, kind: str) -> Json | None:
    content = operation.details.get("requestBody", {}).get("content", {}).get(kind)
    schema: Json | None = content and content["schema"]
    if schema and "$ref" in schema:
        return operation.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def _form_problems(operation: Operation, form: Mapping[str, list[str]]) -> list[str]:
    schema = _body_schema(operation, "application/x-www-form-urlencoded")
    if schema is None:
        return [f"{name}: this call takes no form" for name in form]
    known = schema["properties"]
    found = [f"{name}: unknown parameter" for name in set(form) - set(known) - UNDESCRIBED]
    found += [f"{name}: missing" for name in schema.get("required", []) if name not in form]
    typed = {name: _typed(operation, known[name], values) for name, values in form.items() if name in known}
    rules = {"type": "object", "properties": known}
    return [*found, *_against(operation, rules, typed), *_conditional(operation, form)]


def _conditional(operation: Operation, form: Mapping[str, list[str]]) -> list[str]:
    """`x-twilio.conditional`: of each group, at least one parameter must be there."""
    groups = operation.details.get("x-twilio", {}).get("conditional", [])
    names = [["".join(word.title() for word in name.split("_")) for name in group] for group in groups]
    return [f"one of {', '.join(group)} is required" for group in names if not any(form.get(name) for name in group)]


def _query_problems(operation: Operation, query: Mapping[str, list[str]]) -> list[str]:
    described = {
        each["name"]: each["schema"] for each in operation.details.get("parameters", []) if each["in"] == "query"
    }
    found = [f"{name}: unknown query parameter" for name in set(query) - set(described)]
    typed = {name: _typed(operation, described[name], values) for name, values in query.items() if name in described}
    return [*found, *_against(operation, {"type": "object", "properties": described}, typed)]


def _typed(operation: Operation, schema: Json, values: list[str]) -> Any:
    """A form's text as the type that the description asks for, or as it is where it does not fit."""
    if "$ref" in schema:
        schema = operation.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    kind = schema.get("type")
    if kind == "array":
        return values
    text = values[-1]
    try:
        return {"integer": int, "number": float}[kind](text)
    except (KeyError, ValueError):
        return {"true": True, "false": False}.get(text.lower(), text) if kind == "boolean" else text
