"""What NCMEC gets, against documents that stand beside this test."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from made_reports import NOW, PERSON, PROVIDER, attachment, complete, file, full, plain, viral
from reporting_centre import SECRETS, SETTINGS

from kindward.errors import ContentError
from kindward.reports.facts import CaseReport, Incident, IncidentKind, IncidentTopic, Message, Urgency
from kindward.reports.files import FileMark, Look
from kindward.reports.moments import Moment
from kindward.reports.ncmec import NcmecAuthority
from kindward.reports.occasions import CellPhone, Chat, Game, Mail, Newsgroup, Offline, PeerToPeer, WebPage
from kindward.reports.people import (
    Account,
    Act,
    Address,
    Closure,
    Device,
    Email,
    IpEvent,
    Person,
    Phone,
    Recipient,
    Reported,
    Spot,
    Victim,
)

GOLDEN = Path(__file__).parent / "golden"
NCMEC = NcmecAuthority(SETTINGS, SECRETS)


def composed(report, *attachments):
    return NCMEC.compose(report, attachments or [attachment(number + 1) for number in range(len(report.files))])


def document(report):
    return ET.fromstring(composed(report).body)


def details(report, number=0):
    return ET.fromstring(b"<fileDetails>" + composed(report).attachments[number].details + b"</fileDetails>")


def pretty(raw):
    root = ET.fromstring(raw)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def test_the_full_report_is_the_golden_one():
    assert (GOLDEN / "report.xml").read_text(encoding="utf-8") == pretty(composed(*_full()).body)


@pytest.mark.parametrize("number", [1, 2])
def test_what_is_told_of_a_file_is_the_golden_one(number):
    told = composed(*_full()).attachments[number - 1].details

    assert (GOLDEN / f"file-{number}.xml").read_text(encoding="utf-8") == pretty(b"<told>" + told + b"</told>")


def test_a_batched_report_is_the_golden_one():
    assert (GOLDEN / "batched.xml").read_text(encoding="utf-8") == pretty(composed(viral()).body)


def _full():
    report, files = full()
    return report, *files


def test_the_same_facts_give_the_same_bytes():
    assert composed(*_full()).digest == composed(*_full()).digest


def test_the_smallest_report_holds_the_summary_and_who_reports():
    assert ["incidentSummary", "reporter", "additionalInfo"] == [one.tag for one in document(plain())]


@pytest.mark.parametrize(
    ("kind", "topic", "words"),
    [
        (IncidentKind.KNOWN, None, "Child Pornography (possession, manufacture, and distribution)"),
        (IncidentKind.NEW, None, "Child Pornography (possession, manufacture, and distribution)"),
        (IncidentKind.SOLICITATION, None, "Online Enticement of Children for Sexual Acts"),
        (IncidentKind.NEW, IncidentTopic.TRAFFICKING, "Child Sex Trafficking"),
        (IncidentKind.NEW, IncidentTopic.TOURISM, "Child Sex Tourism"),
        (IncidentKind.NEW, IncidentTopic.MOLESTATION, "Child Sexual Molestation"),
        (IncidentKind.NEW, IncidentTopic.DOMAIN_NAME, "Misleading Domain Name"),
        (IncidentKind.NEW, IncidentTopic.MISLEADING_WORDS, "Misleading Words or Digital Images on the Internet"),
        (IncidentKind.NEW, IncidentTopic.UNSOLICITED, "Unsolicited Obscene Material Sent to a Child"),
    ],
)
def test_what_happened_is_said_in_the_words_of_the_form(kind, topic, words):
    report = plain(incident=Incident(kind, Moment(NOW - 60), topic))

    assert words == document(report).findtext("incidentSummary/incidentType")


def test_only_urgency_escalates():
    assert document(plain()).find("incidentSummary/escalateToHighPriority") is None
    urgent = document(plain(urgency=Urgency("Tomorrow.")))
    assert "Tomorrow." == urgent.findtext("incidentSummary/escalateToHighPriority")


@pytest.mark.parametrize(
    ("occasion", "name", "texts"),
    [
        (WebPage(("https://example.org/a", "https://example.org/b"), note="n"), "webPageIncident", 3),
        (Mail((Email("max.muster@example.net"),), "c", "n"), "emailIncident", 3),
        (Newsgroup("alt.example", (Email("a@example.org"),), "c", "n"), "newsgroupIncident", 4),
        (Chat("p", "r", "c", "n"), "chatImIncident", 4),
        (Game("g", "k", "c", "n"), "onlineGamingIncident", 4),
        (CellPhone(Phone("1"), "52.5", "13.4", "n"), "cellPhoneIncident", 4),
        (Offline("l", (Address("s"),), "n"), "nonInternetIncident", 3),
        (PeerToPeer("p", (IpEvent("192.0.2.1"),), "f", "n"), "peer2peerIncident", 4),
    ],
)
def test_every_kind_of_place_has_its_element(occasion, name, texts):
    report = plain(occasions=(occasion,), reported=(Reported(Account(identifier="u"), PERSON),))
    place = document(report).find("internetDetails")[0]

    assert (name, texts) == (place.tag, len(place))


def test_texts_stand_in_the_talk_in_which_they_were_written():
    talk = (Message("Hi.", Moment(NOW - 60), "user-1"), Message("Hello.", Moment(NOW - 50, None)))
    report = plain(occasions=(WebPage(), Chat(content="Before.")), messages=talk)
    lines = document(report).findtext("internetDetails/chatImIncident/content").splitlines()

    assert "Before." == lines[0]
    assert "[2026-11-25T09:59:00Z] user-1: Hi." == lines[1]
    assert "[2026-11-25T09:59:10, time zone unknown] Hello." == lines[2]


def test_texts_alone_make_a_report():
    report = plain(files=(), messages=(Message("How old are you?"),))

    assert "How old are you?" == document(report).findtext("internetDetails/chatImIncident/content")


def test_a_time_without_zone_is_told_in_words_and_nowhere_else():
    account = Account(
        ips=(IpEvent("192.0.2.1", Act.LOGIN, Moment(NOW, None)),), devices=(Device("IMEI", "1"),), note="n"
    )
    person = document(plain(reported=(Reported(account),))).find("personOrUserReported")

    assert person.find("ipCaptureEvent/dateTime") is None
    expected = ["n", "192.0.2.1: recorded 2026-11-25T10:00:00, time zone unknown"]
    assert expected == person.findtext("additionalInfo").splitlines()


def test_the_time_of_an_upload_without_zone_is_told_in_words():
    given = file(1, ip=IpEvent("192.0.2.1", Act.UPLOAD, Moment(NOW, None)), notes=("n",))
    told = [one.text for one in details(plain(files=(given,))).iter("additionalInfo")]

    assert ["n", "192.0.2.1: recorded 2026-11-25T10:00:00, time zone unknown"] == told


def test_a_state_of_the_usa_stands_in_its_own_element():
    home, abroad = Address(region="IL", country="US"), Address(region="Tirol", country="AT")
    person = Person(addresses=(home, abroad))
    first, second = document(plain(reported=(Reported(Account(), person),))).iter("address")

    assert ("IL", None) == (first.findtext("state"), first.findtext("nonUsaState"))
    assert (None, "Tirol") == (second.findtext("state"), second.findtext("nonUsaState"))


def test_measures_about_the_account_come_with_their_dates():
    closures = (
        Closure(for_good=True, at=Moment(NOW), told=True, told_at=Moment(NOW)),
        Closure(for_good=False, at=Moment(NOW - 60), reopened_at=Moment(NOW - 30)),
    )
    one = document(plain(reported=(Reported(Account(closures=closures)),))).find("personOrUserReported")

    assert ["accountTemporarilyDisabled", "accountPermanentlyDisabled"] == [child.tag for child in one]
    assert {"disabledDate": "2026-11-25T09:59:00Z", "reenabledDate": "2026-11-25T09:59:30Z"} == one[0].attrib
    assert ("true", "2026-11-25T10:00:00Z") == (one[1].get("userNotified"), one[1].get("userNotifiedDate"))


@pytest.mark.parametrize(
    ("looks", "seen"),
    [
        ((), ("false", "false")),
        ((Look(f"{1:016x}"),), ("false", "false")),
        ((Look(f"{1:016x}", exif=True),), ("false", "false")),
        ((Look(f"{1:016x}", entire=True),), ("true", "false")),
        ((Look(f"{1:016x}", entire=True, exif=True),), ("true", "true")),
    ],
)
def test_who_looked_is_told_as_the_log_has_it(looks, seen):
    told = details(plain(looks=looks))

    assert seen == (told.findtext("fileViewedByEsp"), told.findtext("exifViewedByEsp"))


def test_the_industrys_class_is_told_only_under_the_agreement():
    report = plain(files=(file(1, classification="A1"),))
    agreed = NcmecAuthority({**SETTINGS, "industry_classification": "true"}, SECRETS)

    assert b"industryClassification" not in composed(report).attachments[0].details
    told = agreed.compose(report, [attachment(1)]).attachments[0].details
    assert b"<industryClassification>A1</industryClassification>" in told


def test_the_class_is_told_of_what_is_reported_and_not_of_what_explains_it():
    from kindward.reports.files import Relevance

    agreed = NcmecAuthority({**SETTINGS, "industry_classification": "true"}, SECRETS)
    report = plain(files=(file(1, classification="A1", relevance=Relevance.SUPPLEMENTAL),))

    assert b"industryClassification" not in agreed.compose(report, [attachment(1)]).attachments[0].details


@pytest.mark.parametrize("mark", list(FileMark))
def test_every_mark_of_a_file_has_its_element(mark):
    told = details(plain(files=(file(1, marks=frozenset({mark})),)))

    assert ["true"] == [one.text for one in told.find("fileAnnotations")]


def test_signs_that_xml_cannot_hold_do_not_stop_a_report():
    account = Account(display_names=("a\x00b\x07c\ud800d\ufffee",), bio="one\rtwo")
    one = document(plain(reported=(Reported(account),))).find("personOrUserReported")

    assert "a\ufffdb\ufffdc\ufffdd\ufffde" == one.findtext("displayName")
    assert "one\rtwo" == one.findtext("profileBio")


def test_markup_in_a_text_stays_a_text():
    report = plain(note="</report><report>&lt;]]>", provider=replace(PROVIDER, name='"A" & <B>'))

    assert "</report><report>&lt;]]>" == document(report).findtext("additionalInfo").splitlines()[0]
    assert '"A" & <B>' == document(report).findtext("reporter/reportingPerson/lastName")


@pytest.mark.parametrize(
    ("field", "report"),
    [
        ("report/personOrUserReported", plain(reported=(Reported(Account()), Reported(Account())))),
        ("emailAddress", plain(occasions=(Mail((Email("nobody@example.org"),)),))),
        ("region", plain(reported=(Reported(Account(spot=Spot("US", "Bavaria"))),))),
        ("region", plain(recipients=(Recipient(Account(spot=Spot("US", "XX"))),))),
        ("region", plain(victims=(Victim(Person(), Account(spot=Spot("US", "XX"))),))),
        ("countryCode", plain(reported=(Reported(Account(spot=Spot("XX"))),))),
        ("screenName", plain(reported=(Reported(Account(screen_name="x" * 257)),))),
        ("port", plain(reported=(Reported(Account(ips=(IpEvent("192.0.2.1", port=0),))),))),
        ("age", plain(victims=(Victim(Person(age=-1)),))),
        ("email", plain(provider=replace(PROVIDER, email="a@b c"))),
        ("industryClassification", None),
    ],
)
def test_what_does_not_fit_the_form_is_refused_by_its_field(field, report):
    authority = NCMEC
    if report is None:
        authority = NcmecAuthority({**SETTINGS, "industry_classification": "true"}, SECRETS)
        report = plain(files=(file(1, classification="Z9"),))

    with pytest.raises(ContentError) as refused:
        authority.compose(report, [attachment(1)])

    assert "report_field_wrong" == refused.value.code
    assert field in refused.value.facts["path"]


def test_the_address_of_an_e_mail_may_be_that_of_a_linked_person():
    report = complete(occasions=(Mail((Email("max.muster@example.net"),)),))

    assert b"emailIncident" in composed(report).body


def test_what_lacks_something_grave_is_not_composed():
    with pytest.raises(ContentError) as refused:
        composed(plain(basis=None, urgency=Urgency("")))

    assert "report_incomplete" == refused.value.code
    assert "urgency_reason, basis_missing" == refused.value.facts["missing"]


def test_files_that_were_not_handed_over_stop_a_report():
    with pytest.raises(ContentError) as refused:
        NCMEC.compose(plain(), [])

    assert "report_attachments_differ" == refused.value.code


def batch_refusal(report: CaseReport):
    with pytest.raises(ContentError) as refused:
        composed(report)
    assert "report_batch_wrong" == refused.value.code
    return refused.value.facts["part"]


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        ("more or fewer than one file", {"files": ()}),
        ("more or fewer than one file", {"files": (file(1, marks=frozenset({FileMark.VIRAL})), file(2))}),
        ("the mark viral or meme", {"files": (file(1),)}),
        ("an account with its identifier", {"reported": ()}),
        ("an account without identifier", {"reported": (Reported(Account(identifier=" ")),)}),
        ("urgency", {"urgency": Urgency("now")}),
        ("places", {"occasions": (Chat(),)}),
        ("messages", {"messages": (Message("x"),)}),
        ("recipients", {"recipients": (Recipient(Account()),)}),
        ("children", {"victims": (Victim(Person()),)}),
        ("a note", {"note": "n"}),
    ],
)
def test_a_batched_report_takes_nothing_that_it_would_lose(part, changes):
    assert part == batch_refusal(viral(**changes))


def test_a_batched_report_tells_identifiers_and_no_more():
    told = viral(
        reported=tuple(Reported(replace(complete().reported[0].account, identifier=f"u-{n}")) for n in range(500))
    )
    accounts = document(told).findall("personOrUserReported")

    assert 500 == len(accounts)
    assert {("espIdentifier",)} == {tuple(child.tag for child in one) for one in accounts}


def test_a_batched_report_tells_nothing_of_the_file_that_leads_to_one_account():
    named = file(1, marks=frozenset({FileMark.MEME}), original_name="x.png", ip=IpEvent("192.0.2.1"), notes=("n",))
    told = details(viral(files=(named,)))

    assert ["fileViewedByEsp", "exifViewedByEsp", "fileRelevance", "fileAnnotations"] == [one.tag for one in told]
