"""Which verdicts become cases."""

from dataclasses import replace

from made_cases import NOW, RULES, match, versions

from kindward.cases.alarms import Circumstances, alarm, farthest, votes
from kindward.model import BankVersion, Decision, Risk, Trust, Verdict

VERDICT = Verdict(Decision.HOLD, simulated=False, matches=(match(),), risks=(), versions=versions())


def of(verdict, **named):
    return alarm(verdict, "00000000000a", NOW, rules=RULES, **named)


def test_a_match_that_holds_or_blocks_begins_a_case():
    made = of(VERDICT, about=Circumstances("ab" * 32, "cd" * 32, "http", "live"))

    assert (NOW, NOW + RULES.deadline_seconds, VERDICT.matches) == (made.opened_at, made.deadline, made.matches)
    assert ("ab" * 32, "cd" * 32, "http", "live") == (made.digest, made.account, made.source, made.urgent)
    assert of(replace(VERDICT, decision=Decision.BLOCK)) is not None


def test_simulation_begins_none():
    assert of(replace(VERDICT, simulated=True)) is None


def test_passing_begins_none():
    assert of(replace(VERDICT, decision=Decision.PASS)) is None


def test_a_risk_alone_never_begins_one():
    assert of(replace(VERDICT, matches=(), risks=(Risk("nudity/1", "high", 0.99),))) is None


def test_matches_of_banks_in_simulation_begin_none():
    silent = replace(versions(), banks=(BankVersion("demo", "1", Trust.IMPORTED, simulated=True),))

    assert of(replace(VERDICT, versions=silent)) is None


def test_severity_is_one_of_those_named():
    several = replace(VERDICT, matches=(match(severity="x:1 | demo:a"),))

    assert of(several, severe={"demo:a"}).severe
    assert not of(several, severe={"demo"}).severe


def test_each_list_votes_with_its_nearest_match():
    made = of(replace(VERDICT, matches=(match(9), match(4), match(7, bank="other"))))

    assert {"demo": 4, "other": 7} == votes(made)
    assert 4 == farthest(made)
    assert 0 == farthest(replace(made, matches=(match(9), match(0, "digest/1"))))
