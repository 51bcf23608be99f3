"""The reporting centre's stand-in answers as the published protocol says: order, codes, expiry."""

import hashlib

import httpx2
import pytest
from made_reports import attachment, full

from kindward.reports.ncmec.codes import CODES
from kindward.sandbox import Fault
from kindward.sandbox.centre import DAY, HOUR, PREFIX

POSTED = ("submit", "upload", "fileinfo", "finish", "retract")


def text(answer, name):
    return answer.text.partition(f"<{name}>")[2].partition("<")[0]


def test_a_report_with_a_file_goes_its_whole_way(ask, centre):
    number = ask.opened()
    sent = ask.upload(number, b"ordinary bytes")
    file_id = text(sent, "fileId")
    told = ask.file_info(number, file_id)
    done = ask.of("finish", number)

    assert [0, 0, 0] == [ask.code(answer) for answer in (sent, told, done)]
    assert hashlib.md5(b"ordinary bytes", usedforsecurity=False).hexdigest() == text(sent, "hash")
    assert 32 == len(file_id)
    assert f"<reportDoneResponse><responseCode>0</responseCode><reportId>{number}</reportId>" in done.text
    assert f"<files><fileId>{file_id}</fileId></files>" in done.text
    assert [number] == [one.number for one in centre.finished]


def test_every_answer_has_a_number_for_support(ask, centre):
    number = ask.opened()
    answers = [
        ask.client.get("/status"),
        ask.client.get("/xsd"),
        ask.submit(b"broken"),
        ask.of("finish", number),
        httpx2.get(f"{ask.client.base_url}status"),
    ]

    assert len(answers) == len({answer.headers["request-id"] for answer in answers})


def test_the_status_names_who_asks(ask):
    assert "Remote User : demo, Remote Ip : 127.0.0.1" in ask.client.get("/status").text


def test_the_schema_is_one_that_a_program_reads(ask):
    schema = ask.client.get("/xsd").text

    assert schema.count("<xs:element") > 100
    assert "incidentSummary" in schema


def test_nobody_else_is_let_in(ask, centre):
    strangers = [None, ("demo", "wrong"), ("another", "a-password-that-lets-nobody-in")]
    calls = [("GET", "status"), ("GET", "xsd"), *(("POST", call) for call in POSTED)]
    for auth in strangers:
        answers = [httpx2.request(method, f"{ask.client.base_url}{call}", auth=auth) for method, call in calls]
        assert {(401, "Basic")} == {(one.status_code, one.headers["www-authenticate"]) for one in answers}

    assert ({}, {2000: 21}) == (centre.reports, dict(centre.said))


def test_each_documented_code_can_be_ordered_once(ask, centre):
    ordered = [code for code in CODES if code]
    assert 18 == len(ordered)
    for number in ordered:
        centre.answers["submit"] = [number]
        refused = ask.submit()
        assert (number, CODES[number].words) == (ask.code(refused), text(refused, "responseDescription"))
        assert (500 if number < 2000 else 403 if number < 4000 else 400) == refused.status_code

    assert 0 == ask.code(ask.submit())


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", 4110),
        (b"<report>", 4110),
        (b"<other/>", 4110),
        (b'<!DOCTYPE report [<!ENTITY a "b">]><report>&a;</report>', 4110),
        (b"<report/>", 4100),
        (b"<a>" * 50 + b"</a>" * 50, 4110),
    ],
)
def test_what_is_no_report_is_refused(ask, centre, body, code):
    assert (code, {}) == (ask.code(ask.submit(body)), centre.reports)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<incidentType>Child", b"<incidentType>Children's"),
        (b"<incidentDateTime>2", b"<incidentDateTime>yesterday 2"),
        (b"<incidentDateTime>2026-11-25", b"<incidentDateTime>2026-11-29"),
        (b"<incidentDateTime>2026-11-25", b"<incidentDateTime>2026-02-31"),
        (b"<lastName>Example", b"<lastName>" + b"x" * 100),
        (b"</incidentSummary>", b"<platform>late</platform></incidentSummary>"),
        (b"</incidentSummary>", b"<unheard/></incidentSummary>"),
        (b"</reporter>", b"</reporter><personOrUserReported/><personOrUserReported/>"),
    ],
)
def test_order_words_lengths_and_times_are_checked(ask, centre, old, new):
    assert old in ask.plain.body
    assert 4100 == ask.code(ask.submit(ask.plain.body.replace(old, new)))
    assert {} == centre.reports


def test_an_address_of_an_e_mail_must_stand_with_somebody(ask):
    body = ask.whole.body
    assert 0 == ask.code(ask.submit(body))
    strange = body.replace(b">max.muster@example.net</emailAddress>", b">other@example.net</emailAddress>")
    assert strange != body
    assert 4100 == ask.code(ask.submit(strange))


@pytest.mark.parametrize("call", ["finish", "retract"])
def test_what_was_never_opened_does_not_exist(ask, call):
    assert 5001 == ask.code(ask.of(call, "99"))
    assert 5001 == ask.code(ask.of(call, "x"))


def test_what_was_finished_is_finished(ask):
    number = ask.opened()
    ask.of("finish", number)

    assert [5102] * 4 == [
        ask.code(answer)
        for answer in (
            ask.of("finish", number),
            ask.of("retract", number),
            ask.upload(number),
            ask.file_info(number, "0" * 32),
        )
    ]


def test_what_was_taken_back_is_gone_for_good(ask, centre):
    number = ask.opened()
    ask.of("retract", number)

    assert [5101, 5101, 5101] == [
        ask.code(answer) for answer in (ask.of("finish", number), ask.of("retract", number), ask.upload(number))
    ]
    assert [] == centre.finished


@pytest.mark.parametrize(
    ("steps", "there"),
    [
        ((DAY,), True),
        ((DAY + 1,), False),
        ((DAY - 10, HOUR), True),  # changed after ten seconds less than a day, an hour ago
        ((DAY - 10, HOUR + 1), False),
        ((2, DAY - 2), True),
    ],
)
def test_what_is_left_open_is_forgotten_after_a_day_or_an_hour_whichever_is_later(ask, clock, steps, there):
    number = ask.opened()
    for seconds in steps[:-1]:
        clock.now += seconds
        ask.upload(number)
    clock.now += steps[-1]

    assert (0 if there else 5001) == ask.code(ask.of("finish", number))


def test_a_finished_report_is_never_forgotten(ask, clock):
    number = ask.opened()
    ask.of("finish", number)
    clock.now += 400 * DAY

    assert 5102 == ask.code(ask.of("retract", number))


def test_a_file_is_told_about_once_and_only_if_it_was_sent(ask):
    number = ask.opened()
    file_id = text(ask.upload(number), "fileId")

    assert [5002, 0, 4100] == [
        ask.code(answer)
        for answer in (
            ask.file_info(number, "0" * 32),
            ask.file_info(number, file_id),
            ask.file_info(number, file_id),
        )
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<fileViewedByEsp>true", b"<exifViewedByEsp>true</exifViewedByEsp><fileViewedByEsp>true"),  # wrong order
        (b"<fileViewedByEsp>true</fileViewedByEsp>", b"<exifViewedByEsp>true</exifViewedByEsp>"),
        (
            b"<fileRelevance>Reported</fileRelevance>",
            b"<fileRelevance>Supplemental Reported</fileRelevance><industryClassification>A1</industryClassification>",
        ),
        (b"<fileRelevance>Reported", b"<fileRelevance>Important"),
    ],
)
def test_what_is_told_of_a_file_must_hold_together(ask, old, new):
    number = ask.opened()
    file_id = text(ask.upload(number), "fileId")
    details = ask.plain.attachments[0].details
    details = details.replace(b"<exifViewedByEsp>false</exifViewedByEsp>", b"")
    assert old in details

    assert 4100 == ask.code(ask.file_info(number, file_id, details.replace(old, new)))


def test_all_that_our_reports_say_of_files_is_taken(ask, centre):
    _, files = full()
    number = ask.opened(ask.whole.body)
    for file in ask.whole.attachments:
        file_id = text(ask.upload(number, b"".join(file.pieces())), "fileId")
        assert 0 == ask.code(ask.file_info(number, file_id, file.details))
    ask.of("finish", number)

    assert [len(files)] == [len(one.files) for one in centre.finished]
    assert [file.md5 for file in files] == [digest for digest, _ in centre.finished[0].files.values()]


@pytest.mark.parametrize(
    "sent",
    [
        {"data": {"id": "1"}},
        {"content": b"--x\r\nbroken", "headers": {"content-type": "multipart/form-data; boundary=x"}},
        {"content": b"id=1", "headers": {"content-type": "text/plain"}},
        {"files": {"id": (None, "1")}},
    ],
)
def test_an_upload_without_its_parts_is_an_invalid_request(ask, sent):
    assert 4000 == ask.code(ask.client.post("/upload", **sent))


def test_a_wrong_digest_can_be_ordered(ask, centre):
    centre.wrong_md5 = 1
    number = ask.opened()

    assert ["0" * 32, attachment().md5] == [
        text(ask.upload(number, b"".join(attachment().pieces())), "hash") for _ in range(2)
    ]


def test_it_can_be_slow_unavailable_and_cut_off(ask, centre):
    centre.faults.add(Fault(status=503), Fault(seconds=0.05), Fault(truncated=True))
    assert 503 == ask.client.get("/status").status_code
    assert 0 == ask.code(ask.client.get("/status"))
    with pytest.raises(httpx2.RemoteProtocolError):
        ask.client.get("/status")

    assert f"GET {PREFIX}/status" == centre.faults.requests[0]
