"""Each request of HMA's interface, as its clients send it, against the real service; answers as HMA 1.1.7 gives."""

import hashlib
import io
import json

import pytest
from PIL import Image

from kindward.banks import build_bank
from kindward.cli.program import run
from kindward.model import Entry

BANK = "KNOWN_BANK"


@pytest.fixture(scope="module")
def hma(run_service, tmp_path_factory, known_pictures, fingerprint):
    """Run the service with these routes on, and one bank of another source beside the bank local."""
    folder = tmp_path_factory.mktemp("hma")
    value = fingerprint(known_pictures[0].read_bytes()).value
    build_bank(folder / "other", [Entry("elsewhere", "pdq/1", value)], name="other-list")
    settings = {"service__hma": "true", "service__hma_bank": str(folder / "local")}
    with run_service(folder, folder / "other", **settings) as service:
        yield service


@pytest.fixture
def checker(hma):
    with hma.client() as client:
        yield client


@pytest.fixture
def operator(hma):
    with hma.client("operator") as client:
        yield client


@pytest.fixture
def known_bank(operator):
    """Make an empty bank, and remove it afterwards."""
    assert 201 == operator.post("/c/banks", json={"name": BANK}).status_code
    yield BANK
    operator.delete(f"/c/bank/{BANK}")


@pytest.fixture(scope="module")
def photograph(strange_pictures):
    return next(picture for picture in strange_pictures if picture.name == "coffee.png").read_bytes()


@pytest.fixture(scope="module")
def hashed(photograph, fingerprint):
    return fingerprint(photograph).hex


def as_jpeg(data, quality=60):
    into = io.BytesIO()
    with Image.open(io.BytesIO(data)) as picture:
        picture.convert("RGB").save(into, "JPEG", quality=quality)
    return into.getvalue()


# /h


def test_a_photograph_is_hashed(checker, photograph, hashed):
    answer = checker.post("/h/hash", files={"photo": ("a.png", photograph)})
    assert (200, {"pdq": hashed}) == (answer.status_code, answer.json())


def test_only_the_types_asked_for_are_hashed(checker, photograph, hashed):
    assert {"pdq": hashed} == checker.post("/h/hash?types=pdq", files={"photo": ("a", photograph)}).json()
    assert {} == checker.post("/h/hash?types=video_md5", files={"photo": ("a", photograph)}).json()


def test_a_video_is_hashed_by_its_bytes(checker):
    answer = checker.post("/h/hash", files={"video": ("a.mp4", b"these bytes")})
    assert {"video_md5": hashlib.md5(b"these bytes").hexdigest()} == answer.json()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/h/hash?url=http://127.0.0.1/a.jpg&content_type=photo"),
        ("POST", "/h/hash?url=http://127.0.0.1/a.jpg"),
        ("GET", "/m/lookup?url=file:///etc/passwd"),
        ("POST", "/m/lookup?url="),
        ("POST", f"/c/bank/{BANK}/content?url=http://127.0.0.1/"),
    ],
)
def test_no_address_is_ever_fetched(checker, operator, known_bank, method, path):
    client = operator if path.startswith("/c") else checker
    answer = client.request(method, path)
    assert (400, "hma_url") == (answer.status_code, answer.json()["code"])
    assert "fetches nothing" in answer.json()["message"]


def test_a_corrupt_picture_is_told_as_such_and_not_as_a_fault_of_the_server(checker):
    answer = checker.post("/h/hash", files={"photo": ("a.jpg", b"\xff\xd8\xff broken")})
    assert 422 == answer.status_code
    assert answer.json()["message"]


def test_a_blank_picture_is_told_to_be_unclear_and_not_to_match_nothing(checker):
    blank = io.BytesIO()
    Image.new("RGB", (64, 64), "white").save(blank, "PNG")
    for path in ("/h/hash", "/m/lookup"):
        answer = checker.post(path, files={"photo": ("a.png", blank.getvalue())})
        assert (422, "hma_quality_low") == (answer.status_code, answer.json()["code"])


# /c and /m together


def test_a_bank_of_one_photograph_finds_a_recompressed_copy(operator, checker, known_bank, photograph, hashed):
    metadata = json.dumps({"content_id": "7", "content_uri": "x:y", "json": {}})
    answer = operator.post(
        f"/c/bank/{known_bank}/content",
        files={"photo": ("a.png", photograph)},
        data={"metadata": metadata, "note": "seen before"},
    )
    number = answer.json()["id"]
    assert (200, {"id": number, "signals": {"pdq": hashed}}) == (answer.status_code, answer.json())

    raw = checker.get("/m/raw_lookup", params={"signal_type": "pdq", "signal": hashed})
    assert {"matches": [number]} == raw.json()
    told = checker.get("/m/raw_lookup", params={"signal_type": "pdq", "signal": hashed, "include_distance": "true"})
    assert {"matches": [{"bank_content_id": number, "distance": "0"}]} == told.json()
    by_value = checker.get("/m/lookup", params={"signal_type": "pdq", "signal": hashed})
    assert {known_bank: [{"bank_content_id": number, "distance": "0"}]} == by_value.json()

    by_content = checker.post("/m/lookup", files={"photo": ("b.jpg", as_jpeg(photograph))}).json()
    (found,) = by_content["pdq"][known_bank]
    assert number == found["bank_content_id"]
    assert 0 <= int(found["distance"]) <= 31
    assert isinstance(found["distance"], str)


def test_a_photograph_that_no_bank_knows_matches_nothing(checker, strange_pictures):
    stranger = next(picture for picture in strange_pictures if picture.name == "retina.jpg")
    assert {"pdq": {}} == checker.post("/m/lookup", files={"photo": ("b", stranger.read_bytes())}).json()


def test_banks_limit_a_lookup(operator, checker, known_bank, hashed):
    operator.post(f"/c/bank/{known_bank}/signal", json={"pdq": hashed})
    question = {"signal_type": "pdq", "signal": hashed}
    assert {} == checker.get("/m/lookup", params={**question, "banks": "OTHER_LIST"}).json()
    assert [known_bank] == list(checker.get("/m/lookup", params={**question, "banks": f"A,{known_bank}"}).json())


def test_capital_letters_are_understood(operator, checker, known_bank, hashed):
    answer = operator.post(f"/c/bank/{known_bank}/signal", json={"pdq": hashed.upper()})
    assert {"pdq": hashed} == answer.json()["signals"]
    found = checker.get("/m/raw_lookup", params={"signal_type": "pdq", "signal": hashed.upper()}).json()
    assert [answer.json()["id"]] == found["matches"]


def test_a_videos_digest_matches_exactly(operator, checker, known_bank):
    digest = hashlib.md5(b"these bytes").hexdigest()
    number = operator.post(f"/c/bank/{known_bank}/signal", json={"video_md5": digest}).json()["id"]
    answer = checker.post("/m/lookup", files={"video": ("a.mp4", b"these bytes")})
    assert {"video_md5": {known_bank: [{"bank_content_id": number, "distance": "-"}]}} == answer.json()


def test_a_bank_that_takes_no_part_is_passed_over_by_lookups_but_not_by_raw_ones(operator, checker, known_bank, hashed):
    number = operator.post(f"/c/bank/{known_bank}/signal", json={"pdq": hashed}).json()["id"]
    changed = operator.put(f"/c/bank/{known_bank}", json={"enabled_ratio": 0.0}).json()
    assert {"matching_enabled_ratio": 0.0, "name": known_bank} == changed
    question = {"signal_type": "pdq", "signal": hashed}
    assert {} == checker.get("/m/lookup", params=question).json()
    assert [number] == checker.get("/m/raw_lookup", params=question).json()["matches"]


def test_the_coin_falls_the_same_for_the_same_seed_and_can_be_passed_over(operator, checker, known_bank, hashed):
    operator.post(f"/c/bank/{known_bank}/signal", json={"pdq": hashed})
    operator.put(f"/c/bank/{known_bank}", json={"enabled_ratio": 0.5})
    question = {"signal_type": "pdq", "signal": hashed}
    by_seed = {
        seed: {bool(checker.get("/m/lookup", params={**question, "seed": str(seed)}).json()) for _ in range(3)}
        for seed in range(20)
    }
    assert {1} == {len(answers) for answers in by_seed.values()}
    assert {True, False} == set().union(*by_seed.values())
    always = [checker.get("/m/lookup", params={**question, "bypass_coinflip": "true"}).json() for _ in range(10)]
    assert all(always)


def test_fingerprints_are_compared(checker):
    answer = checker.post("/m/compare", json={"pdq": ["00" * 32, "00" * 31 + "0f"]})
    assert {"pdq": [True, {"distance": 4}]} == answer.json()


def test_the_index_is_present_with_its_size(checker, hma):
    told = checker.get("/m/index/status").json()
    assert {"pdq", "video_md5"} == told.keys()
    assert told["pdq"]["present"]
    assert told["pdq"]["size"] >= 1
    assert told["pdq"]["built_to"] > 1_700_000_000


def test_banks_are_listed_shown_renamed_and_removed(operator):
    made = operator.post("/c/banks", json={"name": "FIRST", "enabled_ratio": 1.0})
    assert (201, {"matching_enabled_ratio": 1.0, "name": "FIRST"}) == (made.status_code, made.json())
    assert {"FIRST", "OTHER_LIST"} <= {bank["name"] for bank in operator.get("/c/banks").json()}
    assert {"matching_enabled_ratio": 1.0, "name": "SECOND"} == operator.put(
        "/c/bank/FIRST", json={"name": "SECOND"}
    ).json()
    assert 404 == operator.get("/c/bank/FIRST").status_code
    assert "SECOND" == operator.get("/c/bank/SECOND").json()["name"]
    assert {"message": "Done"} == operator.delete("/c/bank/SECOND").json()
    assert 404 == operator.get("/c/bank/SECOND").status_code


def test_removing_a_bank_withdraws_its_entries(operator, checker, known_bank, hashed):
    operator.post(f"/c/bank/{known_bank}/signal", json={"pdq": hashed})
    operator.delete(f"/c/bank/{known_bank}")
    assert [] == checker.get("/m/raw_lookup", params={"signal_type": "pdq", "signal": hashed}).json()["matches"]


@pytest.mark.parametrize("name", ["lower", "WITH SPACE", "1ST", "", "Ä", "A" * 256])
def test_a_bank_with_a_name_that_hma_would_not_take_is_refused(operator, name):
    answer = operator.post("/c/banks", json={"name": name})
    assert (400, "hma_bank_name") == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("name", [BANK, "OTHER_LIST"])
def test_a_name_that_is_taken_is_refused(operator, known_bank, name):
    assert 403 == operator.post("/c/banks", json={"name": name}).status_code


def test_a_content_is_shown_disabled_enabled_and_deleted(operator, checker, known_bank, hashed):
    number = operator.post(f"/c/bank/{known_bank}/signal", json={"pdq": hashed}).json()["id"]
    path, question = f"/c/bank/{known_bank}/content/{number}", {"signal_type": "pdq", "signal": hashed}
    bank = {"matching_enabled_ratio": 1.0, "name": known_bank}
    shown = {"id": number, "disable_until_ts": 1, "collab_metadata": {}, "original_media_uri": None, "bank": bank}
    assert shown == operator.get(path).json()
    assert shown | {"signals": {"pdq": hashed}} == operator.get(path, params={"include_signals": "true"}).json()

    assert 0 == operator.put(path, json={"disable_until_ts": 0, "note": "wrong"}).json()["disable_until_ts"]
    assert {} == checker.get("/m/lookup", params=question).json()
    assert 1 == operator.put(path, json={"disable_until_ts": 1}).json()["disable_until_ts"]
    assert [known_bank] == list(checker.get("/m/lookup", params=question).json())

    assert {"deleted": 1} == operator.delete(path).json()
    assert 404 == operator.get(path).status_code
    assert {} == checker.get("/m/lookup", params=question).json()


def test_what_is_disabled_until_a_time_in_the_past_is_enabled(operator, checker, known_bank, hashed):
    number = operator.post(f"/c/bank/{known_bank}/signal", json={"pdq": hashed}).json()["id"]
    operator.put(f"/c/bank/{known_bank}/content/{number}", json={"disable_until_ts": 1_700_000_000})
    assert [known_bank] == list(checker.get("/m/lookup", params={"signal_type": "pdq", "signal": hashed}).json())


@pytest.mark.parametrize("until", [-1, 99_999_999_999])
def test_a_time_that_hma_would_not_take_is_refused(operator, known_bank, hashed, until):
    number = operator.post(f"/c/bank/{known_bank}/signal", json={"pdq": hashed}).json()["id"]
    assert 400 == operator.put(f"/c/bank/{known_bank}/content/{number}", json={"disable_until_ts": until}).status_code


# other sources


def test_a_bank_of_another_source_is_looked_up_but_not_changed(operator, checker, known_pictures, fingerprint):
    value = fingerprint(known_pictures[0].read_bytes()).hex
    assert ["OTHER_LIST"] == list(checker.get("/m/lookup", params={"signal_type": "pdq", "signal": value}).json())
    answer = operator.post("/c/bank/OTHER_LIST/signal", json={"pdq": value})
    assert (403, "hma_bank_not_local") == (answer.status_code, answer.json()["code"])
    assert 403 == operator.delete("/c/bank/OTHER_LIST").status_code


def test_exchanges_are_listed_and_shown_but_made_on_the_command_line(operator):
    assert ["OTHER_LIST"] == operator.get("/c/exchanges").json()
    assert {"api": "imported", "enabled": True, "name": "OTHER_LIST"} == operator.get("/c/exchange/OTHER_LIST").json()
    assert operator.get("/c/exchange/OTHER_LIST/status").json()["success"]
    assert "ncmec" in operator.get("/c/exchanges/apis").json()
    for method, path, body in (
        ("POST", "/c/exchanges", {"bank": "A", "api": "ncmec", "api_json": {}}),
        ("PUT", "/c/exchange/OTHER_LIST", {"enabled": False}),
        ("DELETE", "/c/exchange/OTHER_LIST", None),
        ("POST", "/c/exchanges/api/ncmec", {"credential_json": {}}),
    ):
        answer = operator.request(method, path, json=body)
        assert (403, "hma_exchange_elsewhere") == (answer.status_code, answer.json()["code"])


# what there is


def test_signal_and_content_types_are_listed_and_changed(operator, checker, known_bank, hashed):
    ratios = [{"enabled_ratio": 1.0, "name": "pdq"}, {"enabled_ratio": 1.0, "name": "video_md5"}]
    assert ratios == operator.get("/c/signal_type").json()
    names = ["photo", "video"]
    assert [{"enabled": True, "name": name} for name in names] == operator.get("/c/content_type").json()
    operator.post(f"/c/bank/{known_bank}/signal", json={"pdq": hashed})
    operator.put("/c/signal_type/pdq", json={"enabled_ratio": 0.0})
    assert {} == checker.get("/m/lookup", params={"signal_type": "pdq", "signal": hashed}).json()
    operator.put("/c/signal_type/pdq", json={"enabled_ratio": 1.0})
    assert [known_bank] == list(checker.get("/m/lookup", params={"signal_type": "pdq", "signal": hashed}).json())
    index = operator.get("/c/signal_type/index").json()["pdq"]
    assert index["db_size"] == index["index_size"]
    assert not index["index_out_of_date"]


def test_the_state_is_told_in_hmas_words(checker):
    for path in ("/status", "/status/live"):
        assert (200, "I-AM-ALIVE\n") == (checker.get(path).status_code, checker.get(path).text)
    assert "POST /m/lookup" in checker.get("/site-map").json()


# who may


@pytest.fixture(scope="module")
def all_routes(hma):
    with hma.client() as client:
        return [line.split() for line in client.get("/site-map").json()]


def test_every_route_wants_a_token(hma, all_routes):
    with hma.client(None) as client:
        statuses = {(method, path): client.request(method, path).status_code for method, path in all_routes}
    assert {401} == set(statuses.values()), statuses


def test_only_operators_may_write(checker, known_bank):
    for method, path in (("POST", "/c/banks"), ("PUT", f"/c/bank/{known_bank}"), ("DELETE", f"/c/bank/{known_bank}")):
        assert 403 == checker.request(method, path, json={"name": "A"}).status_code


def test_operators_do_not_look_up(operator, hashed):
    assert 403 == operator.get("/m/lookup", params={"signal_type": "pdq", "signal": hashed}).status_code


def test_the_routes_are_off_unless_they_are_asked_for(service, all_routes):
    with service.client("operator") as client:
        statuses = {(method, path): client.request(method, path).status_code for method, path in all_routes}
    assert {404} == set(statuses.values()), statuses


# what is wrong


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/m/lookup?signal_type=pdq", "hma_parameter_missing"),
        ("/m/lookup?signal=00", "hma_parameter_missing"),
        ("/m/lookup?signal_type=photodna&signal=00", "hma_signal_type"),
        ("/m/raw_lookup?signal_type=pdq&signal=00", "hma_signal_invalid"),
        ("/m/raw_lookup?signal_type=pdq&signal=" + "zz" * 32, "hma_signal_invalid"),
        ("/m/lookup?signal_type=pdq&signal_type=video_md5&signal=" + "00" * 32, "hma_parameter_wrong"),
        ("/m/index/status?signal_type=photodna", "hma_signal_type"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(checker, path, code):
    answer = checker.get(path)
    assert (400, code) == (answer.status_code, answer.json()["code"])
    assert answer.json()["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"pdq": ["00"]}', b'{"pdq": 1}', b'{"pdq": ["\xff", "00"]}'])
def test_a_body_that_is_none_is_refused(checker, body):
    answer = checker.post("/m/compare", content=body, headers={"Content-Type": "application/json"})
    assert (422, "hma_body_wrong") == (answer.status_code, answer.json()["code"])


def test_unknown_addresses_and_methods_are_told_in_hmas_form(checker):
    answer = checker.get("/m/none")
    assert (404, {"message": "not found"}) == (answer.status_code, answer.json())
    assert 405 == checker.delete("/m/lookup").status_code


def test_a_form_that_two_readers_could_understand_in_two_ways_is_refused(checker, photograph):
    answer = checker.post("/m/lookup", files=[("photo", ("a", photograph)), ("photo", ("b", b"other"))])
    assert 422 == answer.status_code
    answer = checker.post("/m/lookup", files=[("photo", ("a", photograph)), ("decoy", ("b", b"other"))])
    assert 422 == answer.status_code


def test_encrypted_content_is_refused_here_too(checker, hashed):
    answer = checker.get(
        "/m/lookup", params={"signal_type": "pdq", "signal": hashed}, headers={"Kindward-Encrypted": "true"}
    )
    assert (403, "content_end_to_end_encrypted") == (answer.status_code, answer.json()["code"])


def test_messages_are_german_for_who_reads_german(checker):
    answer = checker.get("/h/hash?url=http://127.0.0.1/", headers={"Accept-Language": "de"})
    assert "kindward ruft nichts aus dem Netz ab" in answer.json()["message"]


def test_what_is_asked_never_enters_the_log(hma, checker):
    marker = "fe" * 32
    checker.get("/m/lookup", params={"signal_type": "pdq", "signal": marker})
    checker.post("/m/lookup", files={"photo": (f"{marker}.jpg", b"\xff\xd8\xff" + marker.encode())})
    assert marker not in hma.log.read_text(encoding="utf-8")


def test_in_earnest_the_bank_local_takes_part_only_once_an_operator_signed_it(run_service, tmp_path, bank, hashed):
    key, local = tmp_path / "operator.key", tmp_path / "local"
    public = tmp_path / "operator.key.pub"
    assert 0 == run(["bank", "sign", "--new-key", str(key)])
    settings = {
        "service__hma": "true",
        "service__hma_bank": str(local),
        "simulate": "false",
        "banks__operator_keys": str(public),
    }
    question = {"signal_type": "pdq", "signal": hashed}
    with run_service(tmp_path, bank, **settings) as service, service.client() as asking:
        with service.client("operator") as changing:
            changing.post("/c/banks", json={"name": BANK})
            number = changing.post(f"/c/bank/{BANK}/signal", json={"pdq": hashed}).json()["id"]
        assert {} == asking.get("/m/lookup", params=question).json()
        assert [number] == asking.get("/m/raw_lookup", params=question).json()["matches"]
        assert 0 == run(["bank", "sign", str(local), "--key", str(key)])
        assert service.wait(lambda: [BANK] == list(asking.get("/m/lookup", params=question).json()))
