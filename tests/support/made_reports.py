"""Invented facts of cases: nobody in them exists, and hosts and addresses are those that are kept for examples."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from kindward.reports.authority import Attachment
from kindward.reports.facts import (
    CaseReport,
    Elsewhere,
    Incident,
    IncidentKind,
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
from kindward.reports.files import Digest, File, FileMark, Look, Relevance
from kindward.reports.moments import Moment
from kindward.reports.occasions import Chat, Mail, WebPage
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

NOW = 1_795_600_800
"""2026-11-25T10:00:00Z."""
BERLIN = 60


def at(hours_ago, zone=BERLIN):
    """A moment some hours before NOW."""
    return Moment(NOW - 3600 * hours_ago, zone)


def file(number=1, **changes):
    """An invented file: its bytes are a line of text."""
    data = content(number)
    made = File(
        item=f"{number:016x}",
        sha256=hashlib.sha256(data).hexdigest(),
        md5=hashlib.md5(data, usedforsecurity=False).hexdigest(),
        size=len(data),
        media_type="image/png",
        name=f"picture-{number}.png",
    )
    return replace(made, **changes)


def content(number=1):
    return f"not a picture at all, number {number}\n".encode() * 50


def attachment(number=1, data=None):
    """The same file as an attachment, read in pieces of 100 bytes."""
    whole = content(number)
    sent = whole if data is None else data
    pieces = [sent[start : start + 100] for start in range(0, len(sent), 100)]
    one = file(number)
    return Attachment(one.item, one.size, one.sha256, one.md5, lambda: iter(pieces))


PROVIDER = Provider(
    name="Example Messenger GmbH",
    email="safety@example.org",
    service=ServiceKind.MESSAGING,
    product="Example Messenger",
    phone="+49 30 23125 000",
    address=Address("Beispielweg 1", "Berlin", "10115", "", "DE", AddressKind.BUSINESS),
    contact=Person("Erika", "Muster", emails=(Email("erika.muster@example.org", EmailKind.WORK),)),
    establishment="DE",
    statement="Data are kept for one year. Serve orders at safety@example.org.",
    legal_url="https://example.org/legal",
)


def plain(**changes):
    """The smallest report that lacks nothing grave: one file."""
    made = CaseReport(
        case="0123456789ab",
        composed_at=NOW,
        provider=Provider("Example Messenger GmbH", "safety@example.org", ServiceKind.MESSAGING),
        incident=Incident(IncidentKind.KNOWN, Moment(NOW - 7200)),
        origin=Origin.OWN_INITIATIVE,
        basis=LegalBasis("18 U.S.C. 2258A"),
        files=(file(),),
        looks=(Look(f"{1:016x}", entire=True),),
    )
    return replace(made, **changes)


ACCOUNT = Account(
    identifier="user-4711",
    service="Example Messenger",
    screen_name="sample_user",
    display_names=("Sample User", "Sämpel Üser"),
    profile_urls=("https://example.org/u/4711",),
    bio="Likes <mountains> & lakes",
    ips=(IpEvent("192.0.2.17", Act.LOGIN, at(5), 50_123, proxy=False), IpEvent("2001:db8::17", Act.UPLOAD, at(4))),
    devices=(Device("IMEI", "490154203237518", Act.LOGIN, at(5)),),
    compromised=False,
    earlier_reports=(4711,),
    group="example-group",
    closures=(Closure(for_good=False, at=at(1), told=False),),
    spot=Spot("DE", "Berlin", "Berlin", verified=False, at=at(5)),
    all_emails=True,
    note="Account opened last week.",
)
PERSON = Person(
    "Max",
    "Muster",
    (Phone("030 23125 001", PhoneKind.MOBILE, verified=True, verified_at=at(900), calling_code="+49"),),
    (Email("max.muster@example.net", EmailKind.HOME, verified=False),),
    (Address("Example Street 2", "Springfield", "12345", "IL", "US", AddressKind.BILLING),),
    age=44,
    born="1982-01-31",
)


def full():
    """A report in which nearly every field is filled, with its files."""
    linked = Linked(
        LinkKind.GUARDIAN, Account(identifier="user-1"), Person("Ada"), "B.", "Example Pay", third_party=False
    )
    return plain(
        provider=PROVIDER,
        incident=Incident(IncidentKind.NEW, at(6), marks=frozenset({ReportMark.EXTORTION}), about_time="About noon."),
        basis=LegalBasis("Regulation (EU) 2021/1232, Article 3", "de-messaging-known/2026"),
        occasions=(
            Chat("Example Messenger", "room-1", "", "Second chat of the day."),
            Mail((Email("max.muster@example.net"),), "Subject: hello"),
            WebPage(("https://example.org/p/1",), third_party=False),
        ),
        reported=(Reported(ACCOUNT, PERSON, (linked,), "Green bicycle", third_party=False),),
        recipients=(Recipient(Account(identifier="user-2", screen_name="other_user"), Person("Otto")),),
        victims=(Victim(Person("Kim", age=11), Account(identifier="user-3"), "Example School"),),
        files=(
            file(
                1,
                original_name="IMG_0001.png",
                uploaded_at=at(6),
                location="https://example.org/f/1",
                public=False,
                marks=frozenset({FileMark.SELF_MADE, FileMark.VIRAL}),
                classification="A2",
                digests=(Digest("MD5", "0" * 32),),
                ip=IpEvent("198.51.100.7", Act.UPLOAD, at(6), 40_000),
                devices=(Device("IMEI", "490154203237518"),),
                exif=(("Make", "Example"), ("Model", "One & Only")),
                notes=("Sent twice.",),
            ),
            file(2, relevance=Relevance.SUPPLEMENTAL),
        ),
        messages=(Message("Wie alt bist du?", at(6), "user-4711"), Message("<elf> & \u2603")),
        looks=(Look(f"{1:016x}", entire=True, exif=True), Look(f"{2:016x}")),
        urgency=Urgency("A meeting is planned for tomorrow."),
        elsewhere=(Elsewhere("Bundeskriminalamt", "BKA-1", "DE", at(1)),),
        measures=(Measure(MeasureKind.REMOVED, at(2)), Measure(MeasureKind.ACCOUNT_SUSPENDED, at(1))),
        police=Police(
            "Polizei Beispielstadt",
            "AZ 1/26",
            Person("Paula"),
            reported=True,
            served_at_home=False,
            served_from_abroad=True,
            country="AT",
        ),
        states=States(("DE",), ("AT",), ("DE",)),
        note="Two conversations.",
    ), (attachment(1), attachment(2))


def complete(**changes):
    """The full report alone, with changes."""
    return replace(full()[0], **changes)


def viral(accounts=3, **changes):
    """A report about several accounts that pass on the same file without ill will."""
    users = tuple(Reported(Account(identifier=f"user-{number}")) for number in range(1, accounts + 1))
    made = plain(viral=True, reported=users, files=(file(1, marks=frozenset({FileMark.VIRAL})),))
    return replace(made, **changes)


class Notes:
    """A journal in memory; ``kill_after`` names the step after whose note the process dies."""

    def __init__(self):
        self.steps = {}
        self.kill_after = None

    def seen(self, step):
        return self.steps.get(step)

    def note(self, step, value):
        assert step not in self.steps, "a step is noted once and never changed"
        self.steps[step] = value
        if self.kill_after is not None and step.startswith(self.kill_after):
            self.kill_after = None
            raise KilledError


class KilledError(BaseException):
    """The process dies here."""
