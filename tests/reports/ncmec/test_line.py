"""How the centre is asked, and as whom."""

from base64 import b64encode

import pytest
from made_reports import attachment
from reporting_centre import PASSWORD, SECRETS, SETTINGS, URL, USER, Centre

from kindward.errors import ConfigError, RemoteError
from kindward.reports.ncmec import ENVIRONMENTS, NcmecAuthority
from kindward.reports.ncmec.line import Line


def line(centre):
    return Line(URL, USER, PASSWORD, centre)


def test_every_call_says_who_asks():
    centre = Centre()
    for ask in (
        lambda: line(centre).status(),
        lambda: line(centre).schema(),
        lambda: line(centre).submit(b""),
        lambda: line(centre).upload("1", attachment(1)),
        lambda: line(centre).file_info(b""),
        lambda: line(centre).finish("1"),
        lambda: line(centre).retract("1"),
    ):
        ask()
    shown = f"Basic {b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"

    assert ["status", "xsd", "submit", "upload", "fileinfo", "finish", "retract"] == centre.calls
    assert {shown} == {request.headers["authorization"] for request in centre.seen}
    assert ["GET", "GET", *["POST"] * 5] == [request.method for request in centre.seen]


def test_documents_are_sent_as_xml_and_numbers_as_forms():
    centre = Centre()
    line(centre).submit(b"<report/>")
    line(centre).finish("1")

    assert "text/xml; charset=utf-8" == centre.seen[0].headers["content-type"]
    assert centre.seen[1].headers["content-type"].startswith("multipart/form-data; boundary=")


def test_a_file_is_sent_in_pieces_and_numbers_are_not():
    centre = Centre()
    line(centre).upload("1", attachment(1))
    line(centre).finish("1")

    assert [True, False] == [request.pieces is not None for request in centre.seen]


def test_answers_of_failures_are_read_but_a_busy_centre_is_left_to_the_transport():
    centre = Centre()
    line(centre).submit(b"")

    assert {400, 401, 403, 404, 500, 502} <= centre.seen[0].read
    assert not centre.seen[0].read & {429, 503}


def test_every_answer_has_a_bound():
    centre = Centre()
    line(centre).status()
    line(centre).schema()

    assert [1_000_000, 4_000_000] == [request.most for request in centre.seen]


def test_credentials_stand_in_no_repr():
    assert PASSWORD not in repr(line(Centre()))
    assert USER not in repr(line(Centre()))


def test_the_centre_can_be_asked_whether_it_knows_us():
    assert 0 == NcmecAuthority(SETTINGS, SECRETS).status(Centre()).code


def test_wrong_credentials_stop_everything():
    with pytest.raises(ConfigError) as refused:
        NcmecAuthority(SETTINGS, {"user": USER, "password": "wrong"}).status(Centre())

    assert "authority_refused" == refused.value.code
    assert "wrong" not in f"{refused.value} {refused.value.hint}"


def test_a_centre_in_trouble_is_asked_again_later():
    centre = Centre()
    centre.answers["status"] = 1000
    with pytest.raises(RemoteError) as refused:
        NcmecAuthority(SETTINGS, SECRETS).status(centre)

    assert "authority_busy" == refused.value.code


@pytest.mark.parametrize(
    ("settings", "secrets", "code"),
    [
        ({}, SECRETS, "authority_setting_wrong"),
        ({"url": "https://report.cybertip.org/ispws"}, SECRETS, "authority_setting_wrong"),
        ({"url": "http://192.0.2.1/ispws"}, SECRETS, "authority_setting_wrong"),
        ({"url": "http://localhost.example.org"}, SECRETS, "authority_setting_wrong"),
        ({"url": URL, "colour": "red"}, SECRETS, "authority_setting_wrong"),
        ({"environment": "moon"}, SECRETS, "authority_setting_wrong"),
        ({"environment": "production"}, SECRETS, "authority_not_production"),
        ({"environment": "test"}, SECRETS, "authority_not_production"),
        ({"environment": "production", "production": "yes"}, SECRETS, "authority_setting_wrong"),
        ({"url": URL, "industry_classification": "1"}, SECRETS, "authority_setting_wrong"),
        (SETTINGS, {"user": USER}, "authority_setting_wrong"),
        (SETTINGS, {**SECRETS, "token": "x"}, "authority_setting_wrong"),
    ],
)
def test_settings_that_are_missing_unknown_or_wrong_are_refused(settings, secrets, code):
    with pytest.raises(ConfigError) as refused:
        NcmecAuthority(settings, secrets)

    assert code == refused.value.code
    assert PASSWORD not in f"{refused.value} {refused.value.hint}"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/ispws/", "http://[::1]:1", "http://localhost:8480", "http://127.9.9.9"]
)
def test_the_sandbox_is_on_this_machine(url):
    assert "ncmec" == NcmecAuthority({"url": url}, SECRETS).name


@pytest.mark.parametrize("environment", ["production", "test"])
def test_real_addresses_are_used_only_when_that_was_allowed(environment):
    centre = Centre()
    centre.body = b"<reportResponse><responseCode>0</responseCode></reportResponse>"
    NcmecAuthority({"environment": environment, "production": "true"}, SECRETS).status(centre)

    assert [f"{ENVIRONMENTS[environment]}/status"] == [request.url for request in centre.seen]
    assert ENVIRONMENTS[environment].startswith("https://")
