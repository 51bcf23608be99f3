"""Exactly one finished report, wherever the way there breaks."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_reports import NOW, KilledError, Notes, attachment, content, full, plain, viral
from reporting_centre import SECRETS, SETTINGS, Centre

from kindward.errors import ConfigError, KindwardError, RemoteError, StateError
from kindward.reports import Afterwards, Report, afterwards
from kindward.reports.ncmec import NcmecAuthority

NCMEC = NcmecAuthority(SETTINGS, SECRETS)
RELEASED = NCMEC.compose(*full()).released("p-7f3a9c", NOW)
STRAIGHT = ["submit", "upload", "fileinfo", "upload", "fileinfo", "finish"]


def deliver(centre, journal, report=RELEASED, now=NOW):
    return NCMEC.deliver(report, centre, journal, now)


def persist(centre, journal, tries=30):
    """Do what a worker does: try until it is done, whatever happens on the way."""
    for _ in range(tries):
        try:
            return deliver(centre, journal)
        except KilledError:
            continue
        except KindwardError as problem:
            if afterwards(problem) is not Afterwards.RETRY:
                raise
    raise AssertionError("it did not arrive")


def test_a_report_goes_through_its_calls_in_their_order():
    centre, journal = Centre(), Notes()
    receipt = deliver(centre, journal)

    assert STRAIGHT == centre.calls
    assert [receipt.reference] == centre.finished
    assert ("ncmec", NOW, "accepted", 64) == (receipt.authority, receipt.at, receipt.status, len(receipt.raw_digest))


def test_what_arrives_is_what_was_released():
    centre = Centre()
    receipt = deliver(centre, Notes())
    arrived = centre.reports[receipt.reference]

    assert RELEASED.body == arrived.body
    assert [content(1), content(2)] == list(arrived.files.values())
    assert list(arrived.files) == list(arrived.told)
    assert all(one.details in told for one, told in zip(RELEASED.attachments, arrived.told.values(), strict=True))


def test_a_report_without_files_is_finished_too():
    centre = Centre()
    report = NCMEC.compose(plain(files=(), looks=(), note="text only", reported=full()[0].reported), ())
    deliver(centre, Notes(), report.released("p-7f3a9c", NOW))

    assert ["submit", "finish"] == centre.calls


def test_a_batched_report_goes_the_same_way():
    centre = Centre()
    deliver(centre, Notes(), NCMEC.compose(viral(200), [attachment(1)]).released("p-7f3a9c", NOW))

    assert ([*STRAIGHT[:3], "finish"], 1) == (centre.calls, len(centre.finished))


@pytest.mark.parametrize("report", [NCMEC.compose(*full()), Report("ncmec", "0123456789ab", b"<report/>")])
def test_nothing_is_sent_without_a_release(report):
    centre = Centre()
    with pytest.raises(StateError) as refused:
        deliver(centre, Notes(), report)

    assert ("report_not_released", []) == (refused.value.code, centre.calls)


def test_a_delivered_report_is_not_sent_again():
    centre, journal = Centre(), Notes()
    first = deliver(centre, journal)

    assert first == deliver(centre, journal, now=NOW + 999)
    assert STRAIGHT == centre.calls


@pytest.mark.parametrize("trouble", ["dead", "killed", "lost", "unreachable"])
@pytest.mark.parametrize("call", range(1, 7))
def test_one_break_anywhere_ends_with_one_finished_report(call, trouble):
    centre, journal = Centre(), Notes()
    centre.broken[call] = trouble
    receipt = persist(centre, journal)

    assert [receipt.reference] == centre.finished


@pytest.mark.parametrize("second", ["dead", "killed", "lost", "unreachable"])
@pytest.mark.parametrize("first", ["killed", "lost", "unreachable"])
@pytest.mark.parametrize("call", range(1, 7))
def test_a_second_break_while_it_is_settled_changes_nothing(call, first, second):
    centre, journal = Centre(), Notes()
    centre.broken = {call: first, call + 1: second}
    receipt = persist(centre, journal)

    assert [receipt.reference] == centre.finished


@pytest.mark.parametrize("call", range(2, 7))
@pytest.mark.parametrize("trouble", ["killed", "unreachable"])
def test_an_expired_report_is_opened_anew(call, trouble):
    centre, journal = Centre(), Notes()
    centre.broken[call] = trouble
    with pytest.raises((KilledError, RemoteError)):
        deliver(centre, journal)
    centre.expire()
    receipt = persist(centre, journal)

    assert [receipt.reference] == centre.finished


def test_a_number_lost_between_answer_and_note_leaves_only_what_expires():
    centre, journal = Centre(), Notes()
    centre.broken[1] = "killed"
    with pytest.raises(KilledError):
        deliver(centre, journal)
    lost = centre.left_open
    receipt = deliver(centre, journal)

    assert (1, [receipt.reference]) == (len(lost), centre.finished)
    assert receipt.reference not in lost


@pytest.mark.parametrize("step", ["opened", "settled", "finished"])
def test_a_death_right_after_a_note_ends_with_one_finished_report(step):
    centre, journal = Centre(), Notes()
    if step == "settled":
        centre.broken[3] = "lost"
    journal.kill_after = step
    receipt = persist(centre, journal)

    assert [receipt.reference] == centre.finished
    assert journal.kill_after is None


def test_a_death_between_finish_and_its_note_gives_the_receipt_later():
    centre, journal = Centre(), Notes()
    centre.broken[6] = "killed"
    with pytest.raises(KilledError):
        deliver(centre, journal)
    receipt = deliver(centre, journal, now=NOW + 60)

    assert [*STRAIGHT, "retract"] == centre.calls
    assert (centre.finished, NOW + 60, "accepted") == ([receipt.reference], receipt.at, receipt.status)


def test_a_file_that_arrives_changed_takes_the_report_back():
    centre, journal = Centre(), Notes()
    centre.wrong_md5 = 1
    with pytest.raises(RemoteError) as refused:
        deliver(centre, journal)

    assert ("authority_corrupted", ["submit", "upload", "retract"]) == (refused.value.code, centre.calls)
    assert ([], []) == (centre.left_open, centre.finished)
    assert [deliver(centre, journal).reference] == centre.finished


def test_evidence_that_was_changed_at_home_is_never_finished():
    report, files = full()
    made = NCMEC.compose(report, files)
    spoiled = replace(made.attachments[0], pieces=attachment(1, b"x" * len(content(1))).pieces)
    report = replace(made, attachments=(spoiled, made.attachments[1])).released("p-7f3a9c", NOW)
    centre = Centre()
    with pytest.raises(RemoteError) as refused:
        deliver(centre, Notes(), report)

    assert ("authority_corrupted", []) == (refused.value.code, centre.finished)


@pytest.mark.parametrize("call", ["submit", "upload", "fileinfo", "finish"])
@pytest.mark.parametrize(
    ("code", "kind"), [(2000, ConfigError), (3000, ConfigError), (3100, ConfigError), (3300, ConfigError)]
)
def test_a_closed_door_stops_everything(call, code, kind):
    centre, journal = Centre(), Notes()
    centre.answers[call] = code
    with pytest.raises(kind) as refused:
        deliver(centre, journal)

    assert "authority_refused" == refused.value.code
    assert Afterwards.STOP is afterwards(refused.value)
    assert ([], []) == (centre.finished, centre.left_open)


@pytest.mark.parametrize("call", ["submit", "upload", "fileinfo", "finish"])
@pytest.mark.parametrize("code", [4000, 4100, 4110, 4200])
def test_what_is_malformed_is_taken_back_and_left_alone(call, code):
    centre, journal = Centre(), Notes()
    centre.answers[call] = code
    with pytest.raises(StateError) as refused:
        deliver(centre, journal)

    assert "authority_rejected" == refused.value.code
    assert Afterwards.BUG is afterwards(refused.value)
    assert ([], []) == (centre.finished, centre.left_open)


@pytest.mark.parametrize("call", ["submit", "upload", "fileinfo", "finish"])
@pytest.mark.parametrize("code", [1000, 1100, 1110, 1111, 1210, 1300, 5001, 5002, 5101, 9999])
def test_a_failure_at_the_centre_passes(call, code):
    centre, journal = Centre(), Notes()
    centre.answers[call] = code
    receipt = persist(centre, journal)

    assert [receipt.reference] == centre.finished


@pytest.mark.parametrize("code", [1000, 1300])
def test_a_retraction_that_fails_is_tried_again_before_anything_else(code):
    centre, journal = Centre(), Notes()
    centre.broken[2] = "killed"
    with pytest.raises(KilledError):
        deliver(centre, journal)
    centre.answers["retract"] = code
    with pytest.raises(RemoteError):
        deliver(centre, journal)

    assert 1 == centre.calls.count("submit")
    assert [persist(centre, journal).reference] == centre.finished


@pytest.mark.parametrize("code", [2000, 3300])
def test_a_closed_door_stops_the_settling_too(code):
    centre, journal = Centre(), Notes()
    centre.broken[2] = "killed"
    with pytest.raises(KilledError):
        deliver(centre, journal)
    centre.answers["retract"] = code
    with pytest.raises(ConfigError):
        deliver(centre, journal)

    assert 1 == centre.calls.count("submit")


def test_a_malformed_report_whose_retraction_is_lost_is_settled_later():
    centre, journal = Centre(), Notes()
    centre.answers["finish"] = 4100
    centre.broken[7] = "unreachable"
    with pytest.raises(StateError):
        deliver(centre, journal)

    assert 1 == len(centre.left_open)
    assert [persist(centre, journal).reference] == centre.finished
    assert [] == centre.left_open


@pytest.mark.parametrize(
    "body", [b"garbage", b"<html/>", b"<reportResponse><responseCode>0</responseCode></reportResponse>"]
)
def test_an_answer_that_says_nothing_is_asked_again(body):
    centre, journal = Centre(), Notes()
    centre.body = body
    with pytest.raises(RemoteError) as refused:
        deliver(centre, journal)
    centre.body = None

    assert "authority_unreadable" == refused.value.code
    assert [persist(centre, journal).reference] == centre.finished


def test_other_files_than_ours_are_told_to_somebody():
    class Forgetful(Centre):
        def _finish(self, body):
            answer = super()._finish(body)
            first = next(iter(self.reports[self.finished[0]].files))
            return answer.__class__(200, {}, answer.body.replace(f"<fileId>{first}</fileId>".encode(), b""))

    centre = Forgetful()

    assert "accepted_files_differ" == deliver(centre, Notes()).status


TROUBLES = st.dictionaries(st.integers(1, 40), st.sampled_from(["dead", "killed", "lost", "unreachable"]), max_size=15)


@settings(max_examples=300, deadline=None)
@given(TROUBLES, st.lists(st.booleans(), max_size=30), st.sampled_from([None, "opened", "settled", "finished"]))
def test_any_breaks_in_any_order_end_with_exactly_one_finished_report(broken, expiries, kill_after):
    centre, journal = Centre(), Notes()
    centre.broken, journal.kill_after = dict(broken), kill_after
    expiring = iter(expiries)
    for _ in range(60):
        try:
            receipt = deliver(centre, journal)
            break
        except (KilledError, RemoteError):
            if next(expiring, False):
                centre.expire()
    assert [receipt.reference] == centre.finished


CODES = st.sampled_from([1000, 1100, 1110, 1111, 1210, 1300, 5001, 5002, 5101])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["submit", "upload", "fileinfo", "finish", "retract"]), CODES), max_size=12))
def test_any_failures_of_the_centre_end_with_one_finished_report(failures):
    centre, journal = Centre(), Notes()
    for call, code in failures:
        # A centre that says of an open report that it is gone would lie; only calls on their way may fail.
        centre.answers = {call: code} if call != "retract" or code < 5000 else {}
        try:
            deliver(centre, journal)
        except RemoteError:
            continue
    centre.answers = {}

    assert [persist(centre, journal).reference] == centre.finished
