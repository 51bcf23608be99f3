"""The EU form: complete, in its order, signed, and the same for people as for programs."""

import base64
import io
import json
from pathlib import Path

import jsonschema_rs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from made_reports import NOW, Notes, attachment, complete, file, full, plain

from kindward.banks.sources import Response
from kindward.errors import ConfigError, ContentError, RemoteError, StateError, TrustError
from kindward.ledger.keys import SigningKey, private_key_text
from kindward.reports.dryrun import DryRun
from kindward.reports.eu import EuAuthority
from kindward.reports.eu.feedback import Outcome, read_feedback
from kindward.reports.eu.form import form
from kindward.reports.eu.pdf import digest_of, lines, pdf
from kindward.reports.eu.schema import names, schema
from kindward.reports.eu.signing import opened, signed, stamp_digest, stamped, tokens, unsigned
from kindward.reports.eu.words import LABELS
from kindward.reports.facts import IncidentKind, Urgency
from kindward.transport.writing import WritingFolder

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = SigningKey.of("example.org/reports", PRIVATE)
SETTINGS = {"url": "http://127.0.0.1:8481"}
SECRETS = {"signing_key": private_key_text("example.org/reports", PRIVATE)}
MARKER = "marker-c0de"


def authority(**settings):
    return EuAuthority({**SETTINGS, **settings}, SECRETS)


@pytest.mark.parametrize("report", [plain(), complete(), complete(urgency=None, elsewhere=(), police=None)])
def test_a_form_fits_the_schema_that_is_published(report):
    assert jsonschema_rs.is_valid(schema(), form(report))


@pytest.mark.parametrize(
    "change",
    [
        {"form": "another"},
        {"type": "unknown"},
        {"unexpected": 1},
        {"urgent": {}},
        {"composed_at": "yesterday"},
        {"route": None},
    ],
)
def test_the_schema_refuses_what_is_no_such_form(change):
    assert not jsonschema_rs.is_valid(schema(), {**form(complete()), **change})


def test_the_form_answers_what_article_13_asks():
    told = form(complete())

    assert {"needed": True, "reason": "A meeting is planned for tomorrow."} == told["urgent"]
    assert ("new", "2026-11-25T10:00:00Z") == (told["type"], told["composed_at"])
    assert "Example Messenger GmbH" == told["provider"]["name"]
    assert [True, False] == [one["viewed"]["file"] for one in told["content"]["files"]]
    assert "Wie alt bist du?" == told["content"]["texts"][0]["text"]
    assert 50_123 == told["users"]["reported"][0]["account"]["ips"][0]["port"]
    assert {"at": "2026-11-25T06:00:00+01:00", "zone_known": True} == told["users"]["reported"][0]["account"]["ips"][0][
        "at"
    ]
    assert ("removed", "account_suspended") == (
        told["content_measures"][0]["kind"],
        told["account_measures"][0]["kind"],
    )
    assert "BKA-1" == told["elsewhere"]["reports"][0]["reference"]
    assert ["DE", "AT"] == told["route"]["states"]


def test_the_industrys_class_is_told_to_nobody_without_an_agreement():
    assert "A2" not in json.dumps(form(complete()))


def test_every_field_has_a_name_for_people_in_both_languages():
    assert set(names()) <= set(LABELS)
    german = {line.label for line in lines(form(complete()), "de")}
    english = {line.label for line in lines(form(complete()), "en")}

    assert ("Dringlichkeit" in german, "Urgency" in english) == (True, True)
    assert len(german) == len(english)


def test_the_page_says_everything_that_the_record_says():
    said = "\n".join(line.value for line in lines(form(complete()), "en"))
    for text in ("Max", "192.0.2.17", "Two conversations.", "Wie alt bist du?", "Example School", "AZ 1/26"):
        assert text in said


@pytest.mark.parametrize(("language", "word"), [("de", "Meldung eines Verdachts"), ("en", "Report of a suspicion")])
def test_the_pdf_can_be_read_back_and_is_the_same_every_time(language, word):
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed, so the PDF is not read back")
    told = form(complete())
    first = pdf(told, digest_of(told), language)
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(first)).pages)

    assert first == pdf(told, digest_of(told), language)
    assert word in " ".join(text.split())
    assert digest_of(told)[:16] in text.replace("\n", "")
    assert "Muster" in text


def test_signs_that_the_font_lacks_are_named_and_nothing_is_markup():
    told = form(plain(note="Ж <b>bold</b> &amp;"))
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed, so the PDF is not read back")
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf(told, digest_of(told), "en"))).pages)

    assert "[U+0416] <b>bold</b> &amp;" in " ".join(text.split())


def test_a_signed_form_is_opened_with_the_key_and_with_no_other():
    envelope = signed(form(complete()), KEY)
    other = SigningKey.of("example.org/reports", Ed25519PrivateKey.generate())

    assert form(complete()) == opened(envelope, [other.verifier, KEY.verifier])
    with pytest.raises(TrustError):
        opened(envelope, [other.verifier])


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("DE", "FR", 1),
        lambda text: text[:-1],
        lambda _: "[]",
        lambda _: "{}",
        lambda text: text.replace('"signature"', '"signed"'),
    ],
)
def test_a_changed_envelope_is_refused(change):
    with pytest.raises(TrustError) as refused:
        opened(change(signed(form(complete()), KEY).decode()).encode(), [KEY.verifier])

    assert "report_signature_wrong" == refused.value.code


def test_a_time_stamp_is_over_form_and_signature_and_changes_neither():
    envelope = signed(form(plain()), KEY)
    later = stamped(stamped(envelope, b"token 1"), b"token 2")

    assert ([], [b"token 1", b"token 2"]) == (tokens(envelope), tokens(later))
    assert stamp_digest(envelope) == stamp_digest(later)
    assert opened(envelope, [KEY.verifier]) == opened(later, [KEY.verifier])
    assert stamp_digest(unsigned(form(plain()))) != stamp_digest(envelope)


class Taking:
    """An EU Centre in memory: everything is put under its address."""

    def __init__(self, answer=None):
        self.put = {}
        self.answer = answer or {"reference": "EU-1", "status": "accepted"}

    def __call__(self, request):
        body = b"".join(request.pieces()) if request.pieces else request.body
        assert "PUT" == request.method
        self.put[request.url] = body
        return Response(200, {}, json.dumps(self.answer).encode())


def test_files_are_put_before_the_form_and_twice_is_once():
    report, files = full()
    made = authority().compose(report, files).released("p-1", NOW)
    centre, notes = Taking(), Notes()
    receipt = authority().deliver(made, centre, notes, NOW)
    again = authority().deliver(made, centre, notes, NOW + 5)

    place = f"http://127.0.0.1:8481/reports/{made.digest}"
    assert [f"{place}/files/{one.sha256}" for one in files] + [place] == list(centre.put)
    assert ("EU-1", "accepted") == (receipt.reference, receipt.status)
    assert receipt == again
    assert form(report) == opened(centre.put[place], [KEY.verifier])


def test_nothing_is_delivered_without_a_release_of_these_bytes():
    report, files = full()
    made = authority().compose(report, files)
    with pytest.raises(StateError):
        authority().deliver(made, Taking(), Notes(), NOW)
    other = authority().compose(complete(note="changed"), files)
    from dataclasses import replace

    with pytest.raises(StateError):
        authority().deliver(replace(other, release=made.released("p-1", NOW).release), Taking(), Notes(), NOW)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"reference": "", "status": "accepted"}',
        b'{"reference": "1", "status": "lost"}',
        b'{"reference": "1", "status": "manifestly_unfounded"}',
        b'{"reference": "1", "status": "forwarded"}',
        b'{"reference": "1", "status": "accepted", "may_tell": "yes"}',
        b"[" * 50_000,
        b" " * 200_000,
    ],
)
def test_an_answer_of_another_form_is_no_receipt(body):
    with pytest.raises(RemoteError) as refused:
        read_feedback(body)

    assert "authority_unreadable" == refused.value.code


def test_what_the_centre_says_is_read_and_an_unfounded_report_is_an_error_of_ours():
    told = read_feedback(
        b'{"reference": "7", "status": "manifestly_unfounded", "reason": "A drawing.", "may_tell": true}'
    )

    assert (Outcome.MANIFESTLY_UNFOUNDED, True, True) == (told.outcome, told.is_error, told.may_tell)
    assert "A drawing." not in repr(told)
    forwarded = read_feedback(b'{"reference": "7", "status": "forwarded", "to": ["Europol"]}')
    assert (("Europol",), False) == (forwarded.to, forwarded.is_error)


@pytest.mark.parametrize(
    ("settings", "secrets"),
    [
        ({}, SECRETS),
        ({"url": "https://centre.example"}, SECRETS),
        ({**SETTINGS, "production": "maybe"}, SECRETS),
        ({**SETTINGS, "other": "x"}, SECRETS),
        (SETTINGS, {}),
    ],
)
def test_wrong_settings_are_told_before_anything_is_sent(settings, secrets):
    with pytest.raises(ConfigError):
        EuAuthority(settings, secrets)


def test_a_report_that_lacks_something_grave_is_not_composed():
    with pytest.raises(ContentError) as refused:
        authority().compose(plain(basis=None, urgency=Urgency(" ")), [attachment(1)])

    assert "basis_missing" in refused.value.facts["missing"]
    assert "urgency_reason" in refused.value.facts["missing"]


def test_files_that_are_not_those_of_the_report_are_refused():
    with pytest.raises(ContentError) as refused:
        authority().compose(plain(files=(file(1), file(2))), [attachment(2), attachment(1)])

    assert "report_attachments_differ" == refused.value.code


@pytest.mark.parametrize("which", ["eu", "ncmec"])
def test_a_dry_run_writes_what_would_be_sent_and_no_file(tmp_path, which):
    report, files = full()
    report = complete(reported=report.reported[:1], incident=report.incident)
    made = DryRun({"form": which}, {}).compose(report, files).released("p-1", NOW)
    receipt = DryRun({"form": which}, {}).deliver(made, WritingFolder(tmp_path), Notes(), NOW)
    written = {file.name: file.read_bytes() for file in Path(tmp_path).rglob("*") if file.is_file()}

    suffix = "json" if which == "eu" else "xml"
    assert {f"report.{suffix}", f"file-1.{suffix}", f"file-2.{suffix}", "delivery.json"} == set(written)
    assert made.body == written[f"report.{suffix}"]
    assert ("dryrun", "written") == (receipt.authority, receipt.status)
    assert not any(base64.b64encode(b"not a picture at all")[:20] in data for data in written.values())
    assert not any(b"not a picture at all" in data for data in written.values())


def test_errors_repeat_nothing_personal():
    with pytest.raises(ContentError) as refused:
        authority().compose(plain(basis=None, note=MARKER), [attachment(1)])

    assert MARKER not in str(refused.value) + refused.value.hint + repr(complete(note=MARKER))


def test_the_kind_of_incident_is_one_of_three():
    assert {"known", "new", "solicitation"} == {str(kind) for kind in IncidentKind}
