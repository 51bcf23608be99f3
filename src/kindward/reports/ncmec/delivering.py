"""Bring a report to NCMEC exactly once, wherever an earlier try was cut off.

The number of an opened report is noted before anything else is done with it. A later try first takes back what an
earlier one opened: if NCMEC says that it was finished, nothing is left to do; if it was taken back or has expired, the
report is opened anew. NCMEC deletes by itself what was opened and never finished, so a number that was lost between
the answer and the note does no harm.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass

from kindward.errors import KindwardError, RemoteError
from kindward.reports import refusals
from kindward.reports.authority import Attachment, Journal, Receipt, Report
from kindward.reports.ncmec.answers import Answer
from kindward.reports.ncmec.codes import AUTHORITY, Means, meaning, problem
from kindward.reports.ncmec.filing import complete
from kindward.reports.ncmec.line import Line

FINISHED = "finished"
ACCEPTED = "accepted"
FILES_DIFFER = "accepted_files_differ"
"""NCMEC lists other files than we sent; nothing can be changed any more, and somebody has to call them."""


@dataclass(frozen=True, slots=True)
class _Try:
    """One try: its steps in the journal are numbered, because a step is noted once and never changed."""

    number: int

    @property
    def opened(self) -> str:
        """Name the step in which it was opened."""
        return f"opened-{self.number}"

    @property
    def settled(self) -> str:
        """Name the step after which nothing of it is left."""
        return f"settled-{self.number}"


def deliver(line: Line, report: Report, journal: Journal, now: int) -> Receipt:
    """Deliver a report, or go on with it. Raises: KindwardError; ``authority.afterwards`` says what then."""
    done = journal.seen(FINISHED)
    if done is not None:
        return _receipt_of(done)
    step = _Try(1)
    while (report_id := journal.seen(step.opened)) is not None:
        if journal.seen(step.settled) is None and (ended := _settle(line, report_id, step, journal, now)) is not None:
            return ended
        step = _Try(step.number + 1)
    return _attempt(line, report, step, journal, now)


def _settle(line: Line, report_id: str, step: _Try, journal: Journal, now: int) -> Receipt | None:
    """Find out what became of an earlier try; None if it left nothing behind."""
    answer = line.retract(report_id)
    match meaning(answer.code):
        case Means.DONE | Means.RETRACTED | Means.GONE:
            journal.note(step.settled, str(answer.code))
            return None
        case Means.FINISHED:
            return _finished(journal, Receipt(AUTHORITY, report_id, now, ACCEPTED, answer.digest))
        case _:
            raise problem(answer.code)


def _attempt(line: Line, report: Report, step: _Try, journal: Journal, now: int) -> Receipt:
    answer = line.submit(report.body)
    if meaning(answer.code) is not Means.DONE:
        raise problem(answer.code)
    if not answer.report_id:
        raise refusals.unreadable(AUTHORITY)
    journal.note(step.opened, answer.report_id)
    try:
        files = [_send(line, answer.report_id, file) for file in report.attachments]
        done = line.finish(answer.report_id)
        if meaning(done.code) not in {Means.DONE, Means.FINISHED}:
            raise problem(done.code)
    except RemoteError as trouble:
        # What the network or the server did not let through is settled at the next try; a changed file at once.
        if trouble.code == "authority_corrupted":
            _take_back(line, answer.report_id, step, journal)
        raise
    except KindwardError:
        _take_back(line, answer.report_id, step, journal)
        raise
    status = ACCEPTED if not done.files or sorted(done.files) == sorted(files) else FILES_DIFFER
    return _finished(journal, Receipt(AUTHORITY, answer.report_id, now, status, done.digest))


def _send(line: Line, report_id: str, file: Attachment) -> str:
    answer = line.upload(report_id, file)
    if meaning(answer.code) is not Means.DONE:
        raise problem(answer.code)
    if answer.md5 != file.md5:
        raise refusals.corrupted(AUTHORITY)
    if not answer.file_id:
        raise refusals.unreadable(AUTHORITY)
    told = line.file_info(complete(file.details, report_id, answer.file_id))
    if meaning(told.code) is not Means.DONE:
        raise problem(told.code)
    return answer.file_id


def _take_back(line: Line, report_id: str, step: _Try, journal: Journal) -> None:
    """Take back what was opened; if that fails too, the next try does it."""
    answer = Answer(1000)
    with suppress(RemoteError):
        answer = line.retract(report_id)
    if meaning(answer.code) in {Means.DONE, Means.RETRACTED, Means.GONE}:
        journal.note(step.settled, str(answer.code))


def _finished(journal: Journal, receipt: Receipt) -> Receipt:
    record = [receipt.authority, receipt.reference, receipt.at, receipt.status, receipt.raw_digest]
    journal.note(FINISHED, json.dumps(record))
    return receipt


def _receipt_of(noted: str) -> Receipt:
    return Receipt(*json.loads(noted))
