"""POST /v1/match: fingerprints in, verdicts out."""

from __future__ import annotations

import hashlib

import pytest


def ask(service, *fingerprints):
    with service.client() as client:
        return client.post("/v1/match", json={"fingerprints": list(fingerprints)})


def ask_many(service, values):
    with service.client() as client:
        headers = {"Content-Type": "application/vnd.kindward.pdq"}
        return client.post("/v1/match", content=b"".join(values), headers=headers)


@pytest.fixture
def known(fingerprint, known_pictures):
    return fingerprint(known_pictures[0].read_bytes())


def flipped(value, count):
    return (int.from_bytes(value) ^ ((1 << count) - 1)).to_bytes(len(value))


def test_a_fingerprint_gets_the_verdict_its_picture_gets(service, known, known_pictures):
    answer = ask(service, {"signal": "pdq/1", "value": known.hex, "quality": known.quality})
    assert 200 == answer.status_code
    assert known_pictures[0].stem == answer.json()["matches"][0]["entry"]
    assert 0 == answer.json()["matches"][0]["distance"]
    assert "hold" == answer.json()["decision"]


def test_capital_digits_are_understood(service, known):
    assert 0 == ask(service, {"signal": "pdq/1", "value": known.hex.upper()}).json()["matches"][0]["distance"]


@pytest.mark.parametrize(("bits", "found"), [(31, 1), (32, 0)])
def test_31_bits_away_is_near_and_32_is_not(service, known, bits, found):
    assert found == len(ask(service, {"signal": "pdq/1", "value": flipped(known.value, bits).hex()}).json()["matches"])


def test_several_fingerprints_of_one_content_get_one_verdict_best_match_first(service, known):
    far, near = flipped(known.value, 20).hex(), flipped(known.value, 3).hex()
    verdict = ask(service, {"signal": "pdq/1", "value": far}, {"signal": "pdq/1", "value": near}).json()
    assert 3 == verdict["matches"][0]["distance"]


def test_a_digest_that_no_bank_knows_passes(service):
    for value in (hashlib.md5(b"x"), hashlib.sha1(b"x"), hashlib.sha256(b"x")):
        assert "pass" == ask(service, {"signal": "digest/1", "value": value.hexdigest()}).json()["decision"]


def test_a_batch_names_only_those_that_match(service, known, fingerprint, known_pictures):
    other = fingerprint(known_pictures[1].read_bytes())
    strangers = [hashlib.sha256(bytes([number])).digest() for number in range(250)]
    values = [*strangers[:100], known.value, *strangers[100:], flipped(other.value, 7), known.value]
    answer = ask_many(service, values)
    assert 200 == answer.status_code
    batch = answer.json()
    assert 253 == batch["count"]
    assert "pass" == batch["otherwise"]
    assert [(100, 0), (251, 7), (252, 0)] == [(one["index"], one["matches"][0]["distance"]) for one in batch["matched"]]
    assert {"hold"} == {one["decision"] for one in batch["matched"]}


def test_a_batch_gives_each_fingerprint_the_verdict_it_would_get_alone(service, known):
    values = [flipped(known.value, bits) for bits in range(0, 64, 3)]
    batch = {one["index"]: one["matches"] for one in ask_many(service, values).json()["matched"]}
    alone = [ask(service, {"signal": "pdq/1", "value": value.hex()}).json()["matches"] for value in values]
    assert alone == [batch.get(index, []) for index in range(len(values))]


def test_a_batch_of_a_thousand_is_taken_and_one_more_is_not(service):
    values = [hashlib.sha256(number.to_bytes(4)).digest() for number in range(1001)]
    assert 1000 == ask_many(service, values[:1000]).json()["count"]
    refused = ask_many(service, values)
    assert refused.status_code in {413, 422}


@pytest.mark.parametrize("length", [0, 1, 31, 33])
def test_a_batch_must_consist_of_whole_values(service, length):
    answer = ask_many(service, [bytes(length)])
    assert 422 == answer.status_code
    assert "question_unreadable" == answer.json()["code"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"fingerprints":[]}',
        b'{"fingerprints":[{"signal":"\xff","value":"00"}]}',
        b'{"other":' + b"[" * 5_000 + b"]" * 5_000 + b',"fingerprints":[]}',
        b'{"fingerprints":[{"signal":"pdq/1"}]}',
        b'{"fingerprints":[{"signal":"pdq/1","value":"00"}]}',
        b'{"fingerprints":[{"signal":"pdq/1","value":"%s"}]}' % (b"g" * 64),
        b'{"fingerprints":[{"signal":"pdq/1","value":"%s "}]}' % (b"00 " * 21),
        b'{"fingerprints":[{"signal":"digest/1","value":"%s"}]}' % (b"0" * 34),
        b'{"fingerprints":[{"signal":"nonsense","value":"%s"}]}' % (b"0" * 64),
        b'{"fingerprints":[{"signal":"pdq/1","value":"%s","quality":101}]}' % (b"0" * 64),
        b'{"fingerprints":[{"signal":"pdq/1","value":"%s","surprise":1}]}' % (b"0" * 64),
        b'{"fingerprints":[%s]}' % b",".join([b'{"signal":"pdq/1","value":"%s"}' % (b"0" * 64)] * 1001),
    ],
)
def test_what_is_no_question_is_refused_with_a_sentence(service, body):
    with service.client() as client:
        answer = client.post("/v1/match", content=body, headers={"Content-Type": "application/json"})
    assert 422 == answer.status_code
    assert "question_unreadable" == answer.json()["code"]
    assert answer.json()["detail"]


def test_a_picture_is_no_question(service, known_pictures):
    with service.client() as client:
        answer = client.post("/v1/match", content=known_pictures[0].read_bytes(), headers={"Content-Type": "image/png"})
    assert 415 == answer.status_code
    assert "application/vnd.kindward.pdq" in answer.json()["hint"]


def test_every_fingerprint_is_counted_by_the_label_of_its_token(service):
    before = service.metric("kindward_match_fingerprints_total", token="test")
    ask_many(service, [bytes([number]) * 32 for number in range(50)])
    assert before + 50 == service.metric("kindward_match_fingerprints_total", token="test")


def test_beyond_the_rate_the_caller_is_told_when_to_try_again(serve):
    service = serve(service__match_per_minute=60)
    values = [bytes([number]) * 32 for number in range(50)]
    assert 200 == ask_many(service, values).status_code
    answer = ask_many(service, values)
    assert 429 == answer.status_code
    assert "rate_exceeded" == answer.json()["code"]
    assert 1 <= int(answer.headers["retry-after"]) <= 61
    assert 200 == ask_many(service, values[:10]).status_code
    with service.client(service.token("checker", "another")) as client:
        headers = {"Content-Type": "application/vnd.kindward.pdq"}
        assert 200 == client.post("/v1/match", content=b"".join(values), headers=headers).status_code


def test_a_request_larger_than_a_minute_allows_is_not_told_to_wait(serve):
    answer = ask_many(serve(service__match_per_minute=60), [bytes([number]) * 32 for number in range(61)])
    assert 422 == answer.status_code
    assert "batch_beyond_rate" == answer.json()["code"]
