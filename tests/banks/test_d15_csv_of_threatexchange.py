"""D15: elsewhere, the CSV that ``tx dataset -P --csv`` prints loads as nothing, and says that all is well."""

import csv
import io

import pytest

from kindward.banks import Rejected, build_bank, read_list
from kindward.errors import StateError
from kindward.model import Entry

COLUMNS = ["signal_type", "signal_str", "collab", "category", "tags"]


def as_printed(*rows: tuple[str, ...]) -> io.StringIO:
    """Write rows as its maker does: ``csv.DictWriter`` with its usual line ends."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([COLUMNS, *rows])
    text.seek(0)
    return text


def test_every_row_is_an_entry_or_a_reasoned_rejection(made):
    records = list(
        read_list(
            as_printed(
                ("pdq", made.value(1).hex(), "Sample Signals", "POSITIVE_CLASS", "violence true_positive"),
                ("video_md5", made.value(2, 16).hex(), "Sample Signals", "INVESTIGATION_SEED", ""),
                ("url", "https://example.com/a,b", "Sample Signals", "POSITIVE_CLASS", ""),
                ("pdq", made.value(3).hex(), "Other, list", "NEGATIVE_CLASS", "false_positive"),
                ("pdq", made.value(4).hex(), "Other, list", "DISPUTED", ""),
            )
        )
    )
    assert [
        Entry(
            "", "pdq/1", made.value(1), "Sample Signals", "threatexchange:POSITIVE_CLASS", "tags=violence true_positive"
        ),
        Entry("", "digest/1", made.value(2, 16), "Sample Signals", "threatexchange:INVESTIGATION_SEED"),
        Rejected(4, "signal_unsupported", {"signal": "url"}),
        Rejected(5, "opinion_negative", {"category": "NEGATIVE_CLASS"}),
        Entry("", "pdq/1", made.value(4), "Other, list", "threatexchange:DISPUTED"),
    ] == records


def test_the_bank_made_of_it_matches(made):
    build_bank(made.folder / "made", read_list(as_printed(("pdq", made.value(1).hex(), "S", "POSITIVE_CLASS", ""))))
    (match,) = made.open().lookup([made.looks(1, flips=10)])
    assert ("S", "threatexchange:POSITIVE_CLASS", 10) == (match.source, match.severity, match.distance)


def test_one_fingerprint_in_two_lists_keeps_both_sources(made):
    rows = [("pdq", made.value(1).hex(), source, "POSITIVE_CLASS", "") for source in ("B", "A", "B")]
    report = build_bank(made.folder / "made", read_list(as_printed(*rows)))
    assert (1, 2) == (report.entries, report.duplicates)
    assert "A | B" == made.open().lookup([made.looks(1)])[0].source


def test_a_csv_without_a_usable_row_is_an_error_and_not_an_empty_success(made):
    with pytest.raises(StateError, match="None of the 1 lines"):
        build_bank(
            made.folder / "made", read_list(as_printed(("url", "https://example.com", "S", "POSITIVE_CLASS", "")))
        )
    assert not (made.folder / "made").exists()


def test_the_plain_form_of_the_same_tool_is_read_too(made):
    text = (
        f"pdq {made.value(1).hex()} 'Sample Signals' POSITIVE_CLASS violence,true_positive\n"
        f"{made.value(2).hex()} 'Sample Signals' INVESTIGATION_SEED\n"
        f"pdq {made.value(3).hex()} NEGATIVE_CLASS\n"
        f"pdq {made.value(4).hex()}\n"
    )
    assert [
        Entry(
            "", "pdq/1", made.value(1), "Sample Signals", "threatexchange:POSITIVE_CLASS", "tags=violence,true_positive"
        ),
        Entry("", "pdq/1", made.value(2), "Sample Signals", "threatexchange:INVESTIGATION_SEED"),
        Rejected(3, "opinion_negative", {"category": "NEGATIVE_CLASS"}),
        Entry("", "pdq/1", made.value(4)),
    ] == list(read_list(io.StringIO(text)))


def test_what_the_real_tool_prints_can_be_read(made, monkeypatch, capsys):
    """The tool's own printing code, with its own record types, without its network and its stored state."""
    dataset = pytest.importorskip("threatexchange.cli.dataset_cmd", reason="threatexchange is not installed")
    from threatexchange.exchanges.fetch_state import SignalOpinion, SignalOpinionCategory
    from threatexchange.signal_type.pdq.signal import PdqSignal

    class Told(dataset.FetchedSignalMetadata):
        def get_as_opinions(self):
            return [SignalOpinion(is_mine=True, category=SignalOpinionCategory.POSITIVE_CLASS, tags={"seen"})]

    command = dataset.DatasetCommand(print_signals=True, csv=True)
    told = {PdqSignal: {made.value(n).hex(): [("Our list", Told())] for n in range(3)}}
    monkeypatch.setattr(command, "get_signals", lambda *_: told)
    monkeypatch.setattr(command, "get_signal_types", lambda _: {PdqSignal})
    command.execute_print_signals(None)
    records = list(read_list(io.StringIO(capsys.readouterr().out, newline="")))
    assert [
        Entry("", "pdq/1", made.value(n), "Our list", "threatexchange:POSITIVE_CLASS", "tags=seen") for n in range(3)
    ] == records
