"""Whatever the facts: either a document that our own tables accept, or a refusal with a code. Nothing else."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_reports import NOW, attachment, content, file, plain
from reporting_centre import SECRETS, SETTINGS

from kindward.banks.sources.xml_tree import Node
from kindward.errors import ContentError
from kindward.reports.facts import (
    CaseReport,
    Elsewhere,
    Incident,
    IncidentKind,
    IncidentTopic,
    LegalBasis,
    Measure,
    MeasureKind,
    Message,
    Origin,
    Police,
    Provider,
    ReportMark,
    ServiceKind,
    States,
    Urgency,
)
from kindward.reports.files import Digest, File, FileMark, Look, Relevance, viewed
from kindward.reports.moments import Moment
from kindward.reports.ncmec import NcmecAuthority
from kindward.reports.ncmec.file_tables import FILE_DETAILS
from kindward.reports.ncmec.filing import complete
from kindward.reports.ncmec.report_tables import REPORT
from kindward.reports.ncmec.writing import read_back
from kindward.reports.occasions import CellPhone, Chat, Game, Mail, Newsgroup, Offline, PeerToPeer, WebPage
from kindward.reports.people import (
    Account,
    Act,
    Address,
    AddressKind,
    Closure,
    Device,
    Email,
    EmailKind,
    IpEvent,
    Linked,
    LinkKind,
    Person,
    Phone,
    PhoneKind,
    Recipient,
    Reported,
    Spot,
    Victim,
)

REFUSALS = {"report_field_wrong", "report_batch_wrong", "report_incomplete"}

moments = st.builds(Moment, st.integers(0, NOW), st.none() | st.integers(-840, 840))
texts = st.text(max_size=12) | st.sampled_from(["", " ", "x" * 101, "x" * 256, "x" * 3001, "<&>", "\x00"])
mails = st.sampled_from(["a@example.org", "b@example.net", "nobody", "", "ü@example.org"])
lands = st.sampled_from(["", "DE", "US", "AT", "XX"])
regions = st.sampled_from(["", "IL", "Bayern"])
maybe = st.none() | st.booleans()


def several(one, most=2):
    return st.lists(one, max_size=most).map(tuple)


emails = st.builds(Email, mails, st.none() | st.sampled_from(EmailKind), maybe, st.none() | moments)
codes = st.sampled_from(["", "+49", "49"])
phones = st.builds(Phone, texts, st.none() | st.sampled_from(PhoneKind), maybe, st.none() | moments, codes, codes)
addresses = st.builds(Address, texts, texts, texts, regions, lands, st.none() | st.sampled_from(AddressKind))
ips = st.builds(
    IpEvent,
    st.sampled_from(["192.0.2.1", "2001:db8::1", "example.org"]),
    st.sampled_from(Act),
    st.none() | moments,
    st.none() | st.integers(-1, 65_537),
    maybe,
)
devices = st.builds(Device, texts, texts, st.none() | st.sampled_from(Act), st.none() | moments)
births = st.sampled_from(["", "2001-02-03", "yesterday"])
ages = st.none() | st.integers(-1, 151)
people = st.builds(Person, texts, texts, several(phones), several(emails), several(addresses), ages, births)
closures = st.builds(Closure, st.booleans(), st.none() | moments, maybe, st.none() | moments, st.none() | moments)
spots = st.builds(Spot, lands, regions, texts, maybe, st.none() | moments)
accounts = st.builds(
    Account,
    texts,
    texts,
    texts,
    several(texts),
    several(texts),
    texts,
    several(ips),
    several(devices),
    maybe,
    several(st.integers(-1, 2**63)),
    texts,
    several(closures),
    st.none() | spots,
    maybe,
    texts,
)
linked = st.builds(Linked, st.sampled_from(LinkKind), accounts, st.none() | people, texts, texts, maybe)
reported = st.builds(Reported, accounts, st.none() | people, several(linked, 1), texts, maybe)
victims = st.builds(Victim, people, accounts, texts, several(linked, 1))
recipients = st.builds(Recipient, accounts, st.none() | people)
places = st.one_of(
    st.builds(WebPage, several(texts), maybe, texts),
    st.builds(Mail, several(emails), texts, texts),
    st.builds(Newsgroup, texts, several(emails), texts, texts),
    st.builds(Chat, texts, texts, texts, texts),
    st.builds(Game, texts, texts, texts, texts),
    st.builds(CellPhone, st.none() | phones, texts, st.sampled_from(["", "52.5", "-0.1"]), texts),
    st.builds(Offline, texts, several(addresses), texts),
    st.builds(PeerToPeer, texts, several(ips), texts, texts),
)


def _file(number):
    return st.builds(
        lambda **changes: file(number, **changes),
        name=texts,
        original_name=texts,
        uploaded_at=st.none() | moments,
        location=texts,
        public=maybe,
        relevance=st.sampled_from(Relevance),
        marks=st.frozensets(st.sampled_from(FileMark)),
        classification=st.sampled_from(["", "A1", "C3"]),
        digests=several(st.builds(Digest, texts, texts)),
        ip=st.none() | ips,
        devices=several(devices),
        exif=several(st.tuples(texts, texts)),
        notes=several(texts),
    )


files = st.sampled_from([0, 1, 1, 2]).flatmap(lambda count: st.tuples(*(_file(n + 1) for n in range(count))))
providers = st.builds(
    Provider,
    texts,
    mails,
    st.sampled_from(ServiceKind),
    texts,
    texts,
    st.none() | addresses,
    st.none() | people,
    st.none() | people,
    lands,
    texts,
    texts,
    texts,
)
incidents = st.builds(
    Incident,
    st.sampled_from(IncidentKind),
    moments,
    st.none() | st.sampled_from(IncidentTopic),
    st.frozensets(st.sampled_from(ReportMark)),
    texts,
)
police = st.builds(Police, texts, texts, st.none() | people, maybe, maybe, maybe, lands)
looks = several(st.builds(Look, st.sampled_from([f"{1:016x}", f"{2:016x}"]), st.booleans(), st.booleans()))
states = st.builds(States, several(lands), several(lands), several(lands))
reports = st.builds(
    CaseReport,
    case=st.just("0123456789ab"),
    composed_at=st.just(NOW),
    provider=providers | st.just(plain().provider),
    incident=incidents,
    origin=st.sampled_from(Origin),
    basis=st.just(LegalBasis("18 U.S.C. 2258A")) | st.none(),
    occasions=several(places),
    reported=several(reported),
    recipients=several(recipients, 1),
    victims=several(victims, 1),
    files=files,
    messages=several(st.builds(Message, texts, st.none() | moments, texts)),
    looks=looks,
    urgency=st.none() | st.builds(Urgency, texts),
    elsewhere=st.none() | several(st.builds(Elsewhere, texts, texts, lands, st.none() | moments)),
    measures=several(st.builds(Measure, st.sampled_from(MeasureKind), st.none() | moments)),
    police=st.none() | police,
    states=states,
    note=texts,
    viral=st.booleans(),
)
ANY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def outcome(report):
    """Compose a report; give it, or the code of its refusal."""
    authority = NcmecAuthority({**SETTINGS, "industry_classification": "true"}, SECRETS)
    try:
        return authority.compose(report, [attachment(number + 1) for number in range(len(report.files))])
    except ContentError as refused:
        return refused.code


@ANY
@given(reports)
def test_any_report_is_composed_as_the_tables_want_it_or_refused_with_a_code(report):
    made = outcome(report)

    if isinstance(made, str):
        assert made in REFUSALS
    else:
        assert "report" == read_back(made.body, REPORT).name
        for one in made.attachments:
            assert "fileDetails" == read_back(complete(one.details, "1", "ab"), FILE_DETAILS).name


calm = st.builds(
    replace,
    st.just(plain(reported=(Reported(Account(identifier="u")),))),
    occasions=several(st.builds(Chat, st.text(max_size=20), note=st.text(max_size=200))),
    messages=several(st.builds(Message, st.text(max_size=200), st.none() | moments)),
    note=st.text(max_size=500),
    looks=looks,
    urgency=st.none() | st.builds(Urgency, st.text(max_size=50).filter(str.strip)),
    measures=several(st.builds(Measure, st.sampled_from(MeasureKind), st.none() | moments)),
    states=states,
)


@ANY
@given(calm)
def test_what_people_write_never_stops_a_report(report):
    assert not isinstance(outcome(report), str)


def spoken(node: Node):
    yield node.text
    for child in node.children:
        yield from spoken(child)


@ANY
@given(calm)
def test_whatever_a_reviewer_wrote_arrives(report):
    said = "\n".join(spoken(read_back(outcome(report).body, REPORT)))

    for text in (report.note, *(message.text for message in report.messages)):
        arrived = "".join(sign for sign in text if sign.isalnum())
        assert arrived in "".join(sign for sign in said if sign.isalnum())


@ANY
@given(st.lists(st.builds(Look, st.just(f"{1:016x}"), st.booleans(), st.booleans())).map(tuple))
def test_what_is_told_of_viewing_is_what_the_log_says(log):
    made = outcome(plain(looks=log))
    told = read_back(complete(made.attachments[0].details, "1", "ab"), FILE_DETAILS)
    said = viewed(f"{1:016x}", log)

    assert (str(said.file).lower(), str(said.exif).lower()) == (
        told.text_of("fileViewedByEsp"),
        told.text_of("exifViewedByEsp"),
    )


@ANY
@given(reports)
def test_bytes_of_files_never_stand_in_the_report(report):
    made = outcome(report)

    if not isinstance(made, str):
        assert content(1) not in made.body
        assert all(isinstance(one, File) for one in report.files)
