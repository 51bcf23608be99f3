"""POST /v1/check: one content in, its verdict out."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageOps

from kindward.service.problems import SPOKEN


def test_a_known_photograph_is_found_whatever_was_done_to_it(service, known_pictures):
    with Image.open(known_pictures[0]) as picture:
        changed = ImageOps.mirror(picture.convert("RGB").resize((picture.width // 2, picture.height // 2)))
    out = io.BytesIO()
    changed.save(out, "JPEG", quality=60)
    answer = service.check(out.getvalue(), "image/jpeg")
    assert 200 == answer.status_code
    verdict = answer.json()
    assert "hold" == verdict["decision"]
    assert known_pictures[0].stem == verdict["matches"][0]["entry"]
    assert "mirror" == verdict["matches"][0]["view"]


def test_a_strange_photograph_passes(service, strange_pictures):
    for picture in strange_pictures:
        verdict = service.check(picture.read_bytes()).json()
        assert "pass" == verdict["decision"]
        assert [] == verdict["matches"]


def test_a_verdict_has_exactly_the_documented_keys(service, known_pictures):
    verdict = service.check(known_pictures[0].read_bytes(), "image/png").json()
    assert {"path", "decision", "simulated", "matches", "risks", "versions", "notes", "error"} == set(verdict)
    assert {"bank", "entry", "signal", "distance", "threshold", "view"} == set(verdict["matches"][0])
    assert {"signal", "bank", "policy"} == set(verdict["versions"])
    assert "imported" == verdict["versions"]["bank"]["known"]["trust"]
    assert verdict["simulated"] is True


def test_a_form_with_one_file_gives_the_verdict_of_its_bytes(service, known_pictures):
    data = known_pictures[0].read_bytes()
    with service.client() as client:
        by_form = client.post("/v1/check", files={"file": ("holiday.png", data, "image/png")})
    assert service.check(data).json() == by_form.json()


@pytest.mark.parametrize(("count", "code"), [(0, "question_unreadable"), (2, "form_ambiguous")])
def test_a_form_must_hold_exactly_one_file(service, count, code):
    files = [("file", (f"{number}.png", b"x", "image/png")) for number in range(count)]
    with service.client() as client:
        answer = client.post("/v1/check", files=files or {"text": (None, "x")})
    assert 422 == answer.status_code
    assert code == answer.json()["code"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=", b"x"),
        ("multipart/form-data; boundary=b", b"no boundary in here"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nendless',
        ),
        ("multipart/form-data; boundary=" + "b" * 200, b"x"),
    ],
)
def test_a_broken_form_is_refused_with_a_sentence(service, kind, body):
    answer = service.check(body, kind)
    assert 422 == answer.status_code
    assert "question_unreadable" == answer.json()["code"]


def test_zero_bytes_are_no_content(service):
    answer = service.check(b"")
    assert 422 == answer.status_code
    assert "content_empty" == answer.json()["code"]
    assert "hold" == answer.json()["decision"]


@pytest.mark.parametrize("kind", ["text/html", "application/x-www-form-urlencoded", "", "imagejpeg"])
def test_a_wrong_content_type_says_which_would_be_right(service, kind):
    answer = service.check(b"x", kind)
    assert 415 == answer.status_code
    assert "image/*" in answer.json()["hint"]


def test_a_compressed_body_is_refused(service):
    answer = service.check(b"x", **{"Content-Encoding": "gzip"})
    assert 415 == answer.status_code
    assert "content_encoding_wrong" == answer.json()["code"]


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({"Kindward-Encrypted": "true"}, ""),
        ({"Kindward-Encrypted": "yes"}, ""),
        ({}, "?encrypted=true"),
        ({}, "?x=1&encrypted=1"),
        ({}, "?encrypted"),
        ({}, "?encrypted="),
        ({}, "?%65ncrypted=1"),
        ({}, "?encrypted=%31"),
        ({}, "?encrypted=1&encrypted=0"),
        ({"Kindward-Encrypted": "true, false"}, ""),
    ],
)
@pytest.mark.parametrize("route", ["/v1/check", "/v1/match"])
def test_end_to_end_encrypted_content_is_refused_and_counted(service, route, headers, query):
    counted = service.metric("kindward_refusals_total", route=route, code="content_end_to_end_encrypted")
    with service.client() as client:
        answer = client.post(route + query, content=b"x", headers={"Content-Type": "image/png", **headers})
    assert 403 == answer.status_code
    assert "content_end_to_end_encrypted" == answer.json()["code"]
    assert counted + 1 == service.metric("kindward_refusals_total", route=route, code="content_end_to_end_encrypted")


@pytest.mark.parametrize("value", ["false", "no", "0"])
def test_content_marked_as_not_encrypted_is_checked(service, strange_pictures, value):
    data = strange_pictures[0].read_bytes()
    assert 200 == service.check(data, **{"Kindward-Encrypted": value}).status_code


def test_problems_speak_the_language_of_the_caller(service):
    german = service.check(b"x", "text/html", **{"Accept-Language": "fr, de-CH;q=0.9, en;q=0.5"})
    english = service.check(b"x", "text/html", **{"Accept-Language": "nonsense;q=x"})
    assert "en" == english.headers["content-language"]
    assert SPOKEN[-1] == german.headers["content-language"]
    assert ("de" in SPOKEN) == (english.json()["detail"] != german.json()["detail"])
    assert english.json()["code"] == german.json()["code"]


def test_every_answer_protects_itself(service, strange_pictures):
    with service.client() as client:
        answers = [
            service.check(strange_pictures[0].read_bytes()),
            service.check(b"x"),
            client.get("/v1/banks"),
            client.get("/nowhere"),
            client.delete("/v1/check"),
            client.get("/healthz"),
        ]
    for answer in answers:
        assert "no-store" == answer.headers["cache-control"]
        assert "nosniff" == answer.headers["x-content-type-options"]
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "server" not in answer.headers


def test_the_framework_gives_the_same_answers_as_the_short_way(bank, known_pictures, tmp_path):
    from kindward.app import open_checker
    from kindward.config import Banks, Settings
    from kindward.service.application import create
    from kindward.store import Role, Store

    settings = Settings(banks=Banks(paths=[str(bank)]))
    store = Store.open(type(settings.store)(url=f"sqlite:///{tmp_path}/kindward.db"))
    token = store.tokens.create(Role.CHECKER, "x").text
    from starlette.testclient import TestClient

    front = create(settings, open_checker=lambda: open_checker(settings=settings), store=store, decoders=1)
    requests = [
        ("/v1/check", known_pictures[0].read_bytes(), "image/png"),
        ("/v1/check", b"", "image/png"),
        ("/v1/match", b"\x00" * 64, "application/vnd.kindward.pdq"),
        ("/v1/match", b"{", "application/json"),
    ]
    given = []
    with TestClient(front) as short:
        hot, headers = front._hot, {"Authorization": f"Bearer {token}"}
        for chosen in (hot, {}):
            front._hot = chosen
            answers = [short.post(p, content=b, headers={**headers, "Content-Type": k}) for p, b, k in requests]
            given.append([(a.status_code, a.content, sorted(a.headers.items())) for a in answers])
    assert given[0] == given[1]
    assert [200, 422, 200, 422] == [status for status, _, _ in given[0]]
