"""Rules of NCMEC's documentation that no table of elements can say."""

from __future__ import annotations

from collections.abc import Iterator

from kindward.reports import refusals
from kindward.reports.countries import US_STATES
from kindward.reports.facts import CaseReport
from kindward.reports.files import FileMark
from kindward.reports.ncmec.places import addresses_of
from kindward.reports.people import Account, Person, Recipient, Reported, Victim

_USA = "US"


def hold_single(report: CaseReport) -> None:
    """Hold a report about one account against the rules. Raises: ContentError ``report_field_wrong``."""
    if len(report.reported) > 1:
        raise refusals.field_wrong("report/personOrUserReported", "one report is about one account")
    known = {email.address for person in _people(report) for email in person.emails}
    if not addresses_of(report.occasions) <= known:
        rule = "every address of an e-mail must also stand with somebody named in the report"
        raise refusals.field_wrong("report/internetDetails/emailIncident/emailAddress", rule)
    for account in _accounts(report):
        spot = account.spot
        if spot is not None and spot.country == _USA and spot.region and spot.region not in US_STATES:
            raise refusals.field_wrong("estimatedLocation/region", "in the USA it is the code of a state")


def hold_batched(report: CaseReport) -> None:
    """Hold a report about many accounts against the rules. Raises: ContentError ``report_batch_wrong``.

    What would be left out without a word is refused, so that nobody believes it was told.
    """
    for part, wrong in _against_batch(report):
        if wrong:
            raise refusals.batch_wrong(part)


def _against_batch(report: CaseReport) -> Iterator[tuple[str, bool]]:
    yield "more or fewer than one file", len(report.files) != 1
    yield "the mark viral or meme", not any({FileMark.VIRAL, FileMark.MEME} & file.marks for file in report.files)
    yield "an account with its identifier", not report.reported
    yield "an account without identifier", any(not one.account.identifier.strip() for one in report.reported)
    yield "urgency", report.urgency is not None
    yield "places", bool(report.occasions)
    yield "messages", bool(report.messages)
    yield "police", report.police is not None
    yield "recipients", bool(report.recipients)
    yield "children", bool(report.victims)
    yield "a note", bool(report.note.strip())


def _named(report: CaseReport) -> tuple[Reported | Recipient | Victim, ...]:
    return (*report.reported, *report.recipients, *report.victims)


def _people(report: CaseReport) -> Iterator[Person]:
    named: tuple[Reported | Victim, ...] = (*report.reported, *report.victims)
    linked = [account for one in named for account in one.linked]
    people = (*(one.person for one in _named(report)), *(one.person for one in linked))
    yield from (person for person in people if person is not None)


def _accounts(report: CaseReport) -> Iterator[Account]:
    yield from (one.account for one in _named(report))
