"""Statements of reasons for a public database: nothing personal, within every limit."""

from dataclasses import replace
from datetime import date

import pytest
from made_reports import complete, plain

from kindward.errors import ContentError
from kindward.reports import dsa
from kindward.reports.personal import holds_personal
from kindward.reports.statements import (
    AccountDecision,
    Automation,
    ContentType,
    Illegal,
    Incompatible,
    Keyword,
    Provision,
    Source,
    Statement,
    Visibility,
    batches,
    statement,
)

GIVEN = Statement(
    puid="case-1",
    ground=Illegal("Section 184b of the German Criminal Code", "It shows what this section forbids."),
    facts="Two people decided that a picture is known to a list.",
    content=(ContentType.IMAGE,),
    content_day=date(2026, 11, 20),
    decided_day=date(2026, 11, 27),
    source=Source.VOLUNTARY,
    detected_by_program=True,
    automation=Automation.PARTLY,
    visibility=(Visibility.REMOVED,),
    account=AccountDecision.SUSPENDED,
    until=date(2027, 11, 27),
    keywords=(Keyword.MATERIAL,),
    territory=("DE", "AT"),
    language="DE",
)


def test_a_statement_is_written_as_the_database_takes_it():
    assert {
        "decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"],
        "decision_account": "DECISION_ACCOUNT_SUSPENDED",
        "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
        "illegal_content_legal_ground": "Section 184b of the German Criminal Code",
        "illegal_content_explanation": "It shows what this section forbids.",
        "content_type": ["CONTENT_TYPE_IMAGE"],
        "category": "STATEMENT_CATEGORY_PROTECTION_OF_MINORS",
        "category_specification": ["KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL"],
        "territorial_scope": ["AT", "DE"],
        "content_language": "DE",
        "content_date": "2026-11-20",
        "application_date": "2026-11-27",
        "end_date_account_restriction": "2027-11-27",
        "decision_facts": "Two people decided that a picture is known to a list.",
        "source_type": "SOURCE_VOLUNTARY",
        "automated_detection": "Yes",
        "automated_decision": "AUTOMATED_DECISION_PARTIALLY",
        "puid": "case-1",
    } == statement(GIVEN)


def test_what_is_against_the_terms_says_which_and_whether_it_is_illegal_too():
    said = statement(replace(GIVEN, ground=Incompatible("Rule 4", "No pictures of children.", also_illegal=False)))

    assert ("Rule 4", "No") == (said["incompatible_content_ground"], said["incompatible_content_illegal"])
    assert "illegal_content_legal_ground" not in said


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"puid": ""}, "puid"),
        ({"puid": "a b"}, "puid"),
        ({"puid": "x" * 501}, "puid"),
        ({"facts": " "}, "decision_facts"),
        ({"facts": "x" * 5_001}, "decision_facts"),
        ({"ground": Illegal("x" * 501, "y")}, "ground"),
        ({"ground": Illegal("x", "y" * 2_001)}, "explanation"),
        ({"content": ()}, "content_type"),
        ({"visibility": (), "account": None, "until": None}, "decision"),
        ({"territory": ("US",)}, "territorial_scope"),
        ({"language": "deutsch"}, "content_language"),
        ({"content_day": date(1999, 12, 31)}, "date"),
        ({"decided_day": date(2038, 1, 2)}, "date"),
        ({"until": date(2026, 11, 26)}, "end_date"),
        ({"reference_url": "https://example.org/" + "x" * 500}, "decision_ground_reference_url"),
    ],
)
def test_what_the_database_would_refuse_is_refused_here_with_its_field(change, field):
    with pytest.raises(ContentError) as refused:
        statement(replace(GIVEN, **change))

    assert ("report_field_wrong", field) == (refused.value.code, refused.value.facts["path"])


@pytest.mark.parametrize(
    "text",
    [
        "Write to max.muster@example.net",
        "From 192.0.2.17 it came",
        "From 2001:db8::17 it came",
        "Call +49 30 23125 001",
        "Call 030 23125001",
        "By @sample_user",
        "Sent by SAMPEL user",
        "Sent by \uff53\uff41\uff4d\uff50\uff45\uff4c user",
    ],
)
def test_what_could_lead_to_a_person_is_refused_and_not_repeated(text):
    with pytest.raises(ContentError) as refused:
        statement(replace(GIVEN, facts=text), ["sämpel user"])

    assert "statement_personal" == refused.value.code
    assert text not in str(refused.value) + refused.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "Regulation (EU) 2022/2065, Article 18(2)",
        "Decided on 2026-11-27 at 10:15",
        "A picture of 1,024 by 768",
        "Section 184b(5) no. 3",
        "Version 26.11.0 of the rules",
    ],
)
def test_ordinary_sentences_are_not_taken_for_personal(text):
    assert not holds_personal(text, ["Al", ""])


def test_a_hundred_statements_go_at_once():
    made = [statement(replace(GIVEN, puid=f"case-{number}")) for number in range(205)]

    assert [100, 100, 5] == [len(one["statements"]) for one in batches(made)]


@pytest.mark.parametrize("provision", list(Provision))
def test_the_end_of_a_suspension_is_told_for_what_it_ends(provision):
    said = statement(replace(GIVEN, account=None, provision=provision))

    assert ("2027-11-27", False) == (said["end_date_service_restriction"], "end_date_account_restriction" in said)


def test_a_notice_about_danger_says_first_whether_there_is_any_and_where_it_goes():
    told = dsa.notice(complete())

    assert "danger_soon" == next(iter(told))
    assert (True, ["DE", "AT"]) == (told["danger_soon"], told["to"]["states"])
    assert "Bundeskriminalamt" in told["portals"][0]
    assert "110 or 112" in told["emergency"]
    assert not dsa.notice(plain())["danger_soon"]


def test_a_notice_that_lacks_something_grave_is_not_written():
    with pytest.raises(ContentError) as refused:
        dsa.notice(plain(basis=None))

    assert "report_incomplete" == refused.value.code
