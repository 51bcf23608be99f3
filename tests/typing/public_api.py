"""Use the public interface as a typed program does; the type checkers read this file, nobody runs it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, assert_type

from kindward import Checker, Content, Verdict, open_checker
from kindward.banks import Bank, BuildReport, Proof, Rejected, build_bank, is_bank, read_list
from kindward.banks.items import Item
from kindward.config import Settings
from kindward.errors import ContentError, KindwardError
from kindward.model import Decision, Entry, Fingerprint, Match, Trust, View
from kindward.policy import Policy, decide, load_policy
from kindward.signals.pdq import PictureFindings
from kindward.wire import verdict_record


def check(paths: list[str]) -> None:
    with open_checker(paths, settings=Settings(), workers=2) as checker:
        assert_type(checker, Checker)
        verdict = checker.check(b"")
        assert_type(verdict, Verdict)
        for content in (b"", bytearray(), memoryview(b""), Path("a.jpg"), Content(b"")):
            assert_type(checker.check(content), Verdict)
        assert_type(verdict.decision, Decision)
        assert_type(verdict.matches, tuple[Match, ...])
        assert_type(verdict.matches[0].view, View)
        assert_type(checker.match([Fingerprint("pdq/1", bytes(32))]), Verdict)
        assert_type(checker.hash(b"", exact=False), PictureFindings)
        assert_type(checker.banks, tuple[Bank, ...])
        assert_type(checker.refresh(), bool)
        record = verdict_record("a.jpg", verdict)
        assert_type(record, dict[str, Any])


async def check_later(checker: Checker) -> Verdict:
    first, second = await asyncio.gather(checker.acheck(b""), checker.acheck(Path("a.jpg")))
    assert_type(first, Verdict)
    return second


def keep(folder: Path) -> None:
    records = read_list(folder / "list.csv")
    assert_type(records, Iterator[Entry | Item | Rejected])
    report = build_bank(folder / "bank", records, name="bank", progress=print)
    assert_type(report, BuildReport)
    assert_type(report.rejected, list[Rejected])
    assert_type(is_bank(folder), bool)
    with Bank.open(folder / "bank") as bank:
        assert_type(bank, Bank)
        assert_type(bank.lookup([], 31, 50), list[Match])
        assert_type(bank.entry("a"), Entry)
        assert_type(bank.add([Entry("", "pdq/1", bytes(32))]), int)
        assert_type(bank.counts(), dict[str, int])
        assert_type(bank.prove(), Proof)
        assert_type(bank.trust, Trust)


def judge(found: list[Match]) -> Decision:
    policy = load_policy()
    assert_type(policy, Policy)
    return decide(found, (), (), policy)


def answer(error: KindwardError) -> tuple[str, str, int]:
    if isinstance(error, ContentError):
        assert_type(error.code, str)
    return error.code, error.hint, error.http_status
