"""What a report lacks is named before anybody sends it."""

from dataclasses import replace

import pytest
from made_reports import ACCOUNT, NOW, PERSON, PROVIDER, at, complete, file, plain, viral

from kindward.reports import completeness
from kindward.reports.facts import (
    Elsewhere,
    Incident,
    IncidentKind,
    LegalBasis,
    Measure,
    MeasureKind,
    Message,
    Provider,
    ServiceKind,
    States,
    Urgency,
)
from kindward.reports.gaps import GRAVE, SENTENCES, grave
from kindward.reports.moments import Moment
from kindward.reports.people import Account, Act, IpEvent, Reported, Victim


def codes(report):
    return {gap.code for gap in completeness(report)}


def with_ips(*ips):
    account = replace(ACCOUNT, ips=ips)
    return complete(reported=(Reported(account, PERSON),), files=(file(1),))


def test_a_report_in_which_everything_stands_lacks_nothing():
    assert [] == completeness(complete())


def test_the_smallest_report_lacks_nothing_grave_but_much_else():
    found = codes(plain())

    assert [] == grave(plain())
    assert {"account_missing", "elsewhere_unknown", "measures_missing", "states_missing"} == found


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("provider_unnamed", {"provider": Provider(" ", "a@example.org", ServiceKind.EMAIL)}),
        ("provider_unreachable", {"provider": Provider("Example", "", ServiceKind.EMAIL)}),
        ("incident_zone", {"incident": Incident(IncidentKind.KNOWN, Moment(NOW - 60, None))}),
        ("incident_future", {"incident": Incident(IncidentKind.KNOWN, Moment(NOW + 301))}),
        ("nothing_reported", {"files": ()}),
        ("urgency_reason", {"urgency": Urgency("  \n")}),
        ("basis_missing", {"basis": None}),
        ("basis_missing", {"basis": LegalBasis(" ")}),
        ("file_digest", {"files": (file(1, sha256=""),)}),
        ("file_digest", {"files": (file(1, md5="G" * 32),)}),
        ("file_digest", {"files": (file(1, sha256="A" * 64),)}),
        ("file_future", {"files": (file(1, uploaded_at=Moment(NOW + 3600)),)}),
    ],
)
def test_what_no_authority_can_do_without_is_grave(code, changes):
    assert code in grave(plain(**changes))
    assert code in GRAVE


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("elsewhere_unknown", {"elsewhere": None}),
        ("elsewhere_reference", {"elsewhere": (Elsewhere("Bundeskriminalamt"),)}),
        ("account_missing", {"reported": ()}),
        ("account_identifier", {"reported": (Reported(replace(ACCOUNT, identifier="")),)}),
        ("measures_missing", {"measures": ()}),
        ("measure_time", {"measures": (Measure(MeasureKind.REMOVED),)}),
        ("states_missing", {"states": States()}),
        ("file_unseen", {"looks": ()}),
    ],
)
def test_what_somebody_should_look_at_once_more_is_light(code, changes):
    report = complete(**changes)

    assert code in codes(report)
    assert [] == grave(report)


@pytest.mark.parametrize(
    ("code", "ips"),
    [
        ({"ip_missing"}, ()),
        ({"ip_port"}, (IpEvent("192.0.2.1", Act.LOGIN, at(1)),)),
        ({"ip_time"}, (IpEvent("192.0.2.1", Act.LOGIN, None, 443),)),
        ({"ip_port", "ip_time"}, (IpEvent("192.0.2.1"),)),
        ({"ip_port"}, (IpEvent("192.0.2.1", Act.LOGIN, at(1)), IpEvent("192.0.2.1", Act.LOGIN, None, 443))),
        ({"ip_zone"}, (IpEvent("192.0.2.1", Act.LOGIN, at(1, None), 443),)),
        (set(), (IpEvent("192.0.2.1"), IpEvent("192.0.2.2", Act.LOGIN, at(1), 443))),
    ],
)
def test_an_address_counts_only_with_port_time_and_zone(code, ips):
    assert code == codes(with_ips(*ips))


def test_the_address_of_the_upload_counts_for_the_account():
    upload = file(1, ip=IpEvent("192.0.2.1", Act.UPLOAD, at(1), 443))
    account = Reported(Account(identifier="user-1"))

    assert not codes(complete(reported=(account,), files=(upload, file(2)))) & {"ip_missing", "ip_port", "ip_time"}


def test_an_account_elsewhere_and_a_batch_need_no_address():
    assert "ip_missing" not in codes(complete(reported=(Reported(Account(identifier="x"), third_party=True),)))
    assert "ip_missing" not in codes(viral())


@pytest.mark.parametrize("kind", [MeasureKind.LEFT, MeasureKind.ACCOUNT_LEFT])
def test_a_measure_that_was_not_taken_has_no_time(kind):
    assert "measure_time" not in codes(complete(measures=(Measure(kind),)))


def test_not_reported_elsewhere_is_an_answer():
    assert not codes(complete(elsewhere=())) & {"elsewhere_unknown", "elsewhere_reference"}


def test_texts_alone_are_something_to_report():
    assert [] == grave(plain(files=(), messages=(Message("hello"),)))


def test_a_child_alone_is_something_to_report():
    assert [] == grave(plain(files=(), victims=(Victim(PERSON),)))


def test_a_little_disagreement_of_clocks_is_no_future():
    assert [] == grave(plain(incident=Incident(IncidentKind.KNOWN, Moment(NOW + 300))))


def test_grave_gaps_come_first_and_each_has_its_sentence():
    gaps = completeness(plain(basis=None, provider=PROVIDER, incident=Incident(IncidentKind.NEW, Moment(NOW, None))))

    assert [True, True] == [gap.grave for gap in gaps[:2]]
    assert not any(gap.grave for gap in gaps[2:])
    assert [SENTENCES[gap.code] for gap in gaps] == [gap.sentence for gap in gaps]


def test_fields_say_which_one_of_several_is_meant():
    fields = {gap.field for gap in completeness(complete(looks=(), measures=(Measure(MeasureKind.REMOVED),)))}

    assert {"files[0]", "measures[0].at"} == fields


def test_every_grave_code_is_a_known_code_and_sentences_are_sentences():
    assert set(SENTENCES) >= GRAVE
    assert [] == [text for text in SENTENCES.values() if not (text.endswith(".") and text[0].isupper())]
