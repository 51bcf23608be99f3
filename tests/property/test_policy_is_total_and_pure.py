"""Every table that is accepted decides about every finding, always the same way, and never milder for more findings."""

from hypothesis import given
from hypothesis import strategies as st

from kindward.model import Decision, Match, Risk, Trust, View
from kindward.policy import Policy, Row, decide, load_policy
from kindward.policy.table import FARTHEST, cells, idle_row, open_cell

signals = st.sampled_from(["pdq/1", "digest/1"])
severities = st.sampled_from(["", "iwf:A", "ncmec:B2", "iwf:A | ncmec:B2"])
decisions = st.sampled_from(list(Decision))


@st.composite
def rows(draw):
    signal = draw(signals)
    ends = sorted(draw(st.tuples(*[st.integers(0, FARTHEST[signal])] * 2)))
    severity = draw(st.sampled_from(["", "", "iwf:A"]))
    return Row(signal, draw(st.sampled_from(list(Trust))), *ends, draw(decisions), severity)


@st.composite
def matches(draw):
    signal = draw(st.sampled_from(["pdq/1", "digest/1", "other/3"]))
    distance = draw(st.integers(0, FARTHEST.get(signal, 500)))
    trust = draw(st.sampled_from(list(Trust)))
    return Match("b", "e", signal, distance, 31, View(), trust, "", draw(severities))


policies = st.builds(
    Policy,
    st.just("x"),
    st.lists(rows(), max_size=8).map(tuple),
    st.none() | decisions,
    st.dictionaries(st.sampled_from(["quality_low", "frames_left_out"]), decisions),
) | st.builds(load_policy)
notes = st.lists(st.sampled_from(["quality_low", "frames_left_out", "bank_refused"]))
risks = st.lists(st.builds(Risk, st.just("nudity/1"), st.just("high"), st.floats(0, 1)))


@given(st.lists(matches()), risks, notes, policies)
def test_every_finding_has_a_decision_and_always_the_same(found, estimated, noted, policy):
    decision = decide(found, estimated, noted, policy)
    assert isinstance(decision, Decision)
    assert decision == decide(iter(found), iter(estimated), iter(noted), policy)


@given(st.lists(matches()), st.lists(matches()), notes, notes, policies)
def test_more_findings_are_never_milder(found, more, noted, further, policy):
    fewer, all_ = decide(found, (), noted, policy), decide([*found, *more], (), [*noted, *further], policy)
    assert all_.rank >= fewer.rank


@given(st.lists(matches()), risks, notes, policies)
def test_risks_change_nothing(found, estimated, noted, policy):
    assert decide(found, (), noted, policy) == decide(found, estimated, noted, policy)


@given(st.lists(matches(), min_size=1), policies, st.randoms())
def test_the_order_of_findings_changes_nothing(found, policy, random):
    shuffled = found.copy()
    random.shuffle(shuffled)
    assert decide(found, (), (), policy) == decide(shuffled, (), (), policy)


@given(st.lists(rows(), max_size=8).map(tuple))
def test_a_table_is_called_open_exactly_if_some_match_meets_no_row(some):
    def speaks(cell):
        signal, trust, distance = cell
        return any(row.fits(Match("b", "e", signal, distance, 31, View(), trust)) for row in some)

    silent = [cell for cell in cells() if not speaks(cell)]
    assert (silent[0] if silent else None) == open_cell(some)


@given(st.lists(rows(), max_size=6).map(tuple))
def test_a_row_is_called_idle_only_if_removing_it_changes_no_decision(some):
    idle = idle_row(some)
    if idle is None:
        return
    without = (*some[:idle], *some[idle + 1 :])
    for signal, trust, distance in cells():
        for severity in ("", "iwf:A", "iwf:A | ncmec:B2"):
            found = Match("b", "e", signal, distance, 31, View(), trust, "", severity)
            assert Policy("x", some).of(found) == Policy("x", without).of(found)
