"""The OpenAPI document against real answers."""

from __future__ import annotations

import json
import re

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from kindward.service import schema
from kindward.service.answers import Answer

ROUTES = [(told["method"], path) for path, told in schema.ROUTES.items()]


@pytest.fixture(scope="module")
def document(service):
    with service.client("operator") as client:
        return client.get("/openapi.json").json()


def resolved(document, node):
    while "$ref" in node:
        found = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def test_the_document_follows_the_specification(document):
    import jsonschema_rs

    assert "3.1.0" == document["openapi"]
    loaded = schemathesis.openapi.from_dict(document)
    loaded.validate()
    for told in document["components"]["schemas"].values():
        jsonschema_rs.validator_for({**told, "components": document["components"]})


def test_every_reference_leads_somewhere(document):
    text = json.dumps(document)
    for name in re.findall(r'"#/components/schemas/(\w+)"', text):
        assert name in document["components"]["schemas"]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_is_described(document, method, path):
    told = document["paths"][path][method.lower()]
    assert told["summary"].endswith((".", "?"))
    assert told["description"]
    assert "200" in told["responses"]


def examples(document):
    for path, item in document["paths"].items():
        for told in item.values():
            for status, response in told["responses"].items():
                for kind, content in response.get("content", {}).items():
                    held = [one["value"] for one in content.get("examples", {}).values()]
                    held += [content["example"]] if "example" in content else []
                    for example in held:
                        yield path, status, kind, content["schema"], example
            for kind, content in told.get("requestBody", {}).get("content", {}).items():
                if "example" in content:
                    yield path, "request", kind, content["schema"], content["example"]


def test_every_example_is_of_its_own_schema(document):
    import jsonschema_rs

    checked = 0
    for path, status, _, told, example in examples(document):
        jsonschema_rs.validator_for({**told, "components": document["components"]}).validate(example)
        checked += 1
        assert path
        assert status
    assert checked >= 5


def test_the_example_question_can_be_asked(service, document):
    content = document["paths"]["/v1/match"]["post"]["requestBody"]["content"]
    with service.client() as client:
        assert 200 == client.post("/v1/match", json=content["application/json"]["example"]).status_code


@pytest.mark.parametrize("path", ["/v1/check", "/v1/match", "/v1/banks", "/healthz", "/readyz"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_invented_requests_get_only_answers_the_document_knows(service, document, path):
    """Schemathesis invents requests, right and wrong ones, and holds each answer against the document."""
    loaded = schemathesis.openapi.from_dict(document)
    loaded.config.update(base_url=service.base)
    operation = loaded[path]["post" if path in {"/v1/check", "/v1/match"} else "get"]
    seen = set()

    @settings(max_examples=40, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)))
    def invent(case):
        answer = case.call(headers={"Authorization": f"Bearer {service.checker}"})
        seen.add(answer.status_code)
        case.validate_response(answer, excluded_checks=[schemathesis.checks.positive_data_acceptance])

    invent()
    assert {"/v1/check": 422}.get(path, 200) in seen
    assert not any(status >= 500 for status in seen)


def test_an_answer_lists_its_length_and_kind():
    head = dict(Answer(200, b"12345", b"text/plain").head())
    assert b"5" == head[b"content-length"]
    assert b"text/plain" == head[b"content-type"]
