"""A change of the centre's schema is noticed, by its place and its kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reporting_centre import SECRETS, SETTINGS, Centre

from kindward.errors import RemoteError
from kindward.reports.ncmec import NcmecAuthority
from kindward.reports.ncmec.schema import Difference, differences
from kindward.reports.ncmec.schema_text import schema

OURS = schema().decode()


def changed(old, new, count=1):
    assert old in OURS
    return differences(OURS.replace(old, new, count).encode())


def test_our_tables_are_their_own_schema():
    assert [] == differences(schema())


def test_a_new_element_is_noticed():
    new = '<xs:element name="informational" minOccurs="0"/><xs:element name="sextortion"'

    assert [Difference("report/incidentSummary/reportAnnotations/informational", "new")] == changed(
        '<xs:element name="sextortion"', new
    )


def test_an_element_that_is_gone_is_noticed():
    name = '<xs:element name="schoolName" minOccurs="0" maxOccurs="1">'
    end = OURS.index("</xs:element>", OURS.index(name)) + len("</xs:element>")
    whole = OURS[OURS.index(name) : end]

    assert [Difference("report/victim/schoolName", "gone")] == changed(whole, "")


def test_another_name_is_both_new_and_gone():
    assert {("new", "report/victim/school"), ("gone", "report/victim/schoolName")} == {
        (one.kind, one.path) for one in changed('name="schoolName"', 'name="school"')
    }


def test_another_order_is_noticed():
    first, second = '<xs:element name="chatClient"', '<xs:element name="chatRoomName"'
    swapped = OURS.replace(first, "@1").replace(second, first).replace("@1", second)
    found = differences(swapped.encode())

    assert [("report/internetDetails/chatImIncident", "order")] == [(one.path, one.kind) for one in found]


def test_what_becomes_required_is_noticed():
    old = '<xs:element name="platform" minOccurs="0" maxOccurs="1">'

    assert [Difference("report/incidentSummary/platform", "required")] == changed(old, old.replace('"0"', '"1"'))


def test_what_may_come_less_often_is_noticed():
    old = '<xs:element name="personOrUserReported" minOccurs="0" maxOccurs="unbounded">'

    assert [Difference("report/personOrUserReported", "at_most", "1")] == changed(old, old.replace("unbounded", "1"))


def test_a_word_that_is_new_or_gone_is_noticed():
    new = changed('<xs:enumeration value="Child Sex Tourism"/>', '<xs:enumeration value="Child Travel"/>')
    expected = Difference("report/incidentSummary/incidentType", "words", "Child Sex Tourism, Child Travel")

    assert [expected] == new


def test_an_attribute_that_is_new_gone_or_required_is_noticed():
    assert {"new", "gone"} == {one.kind for one in changed('name="thirdPartyHostedContent"', 'name="hosted"')}
    required = changed('name="thirdPartyHostedContent"', 'name="thirdPartyHostedContent" use="required"')
    assert [Difference("report/internetDetails/webPageIncident@thirdPartyHostedContent", "required")] == required


def test_a_root_that_is_gone_is_noticed():
    assert [Difference("fileDetails", "gone")] == changed('<xs:element name="fileDetails">', '<xs:element name="f">')


def test_that_we_are_stricter_is_no_difference():
    old = '<xs:element name="countryCode" minOccurs="1" maxOccurs="1">'

    assert [] == changed(old, old.replace('"1"', '"0"', 1), count=-1)


NAMED_TYPES = """<?xml version="1.0"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="fileDetails"><xs:complexType><xs:sequence>
    <xs:element name="reportId" type="xs:long"/>
    <xs:element ref="details" minOccurs="0" maxOccurs="unbounded"/>
    <xs:element name="fileRelevance" minOccurs="0" type="relevance"/>
    <xs:choice>
      <xs:element name="potentialMeme" minOccurs="0" type="xs:boolean"/>
    </xs:choice>
    <xs:element name="originalFileHash" minOccurs="0" maxOccurs="unbounded" type="hash"/>
  </xs:sequence></xs:complexType></xs:element>
  <xs:element name="details"><xs:complexType><xs:attribute name="type"/></xs:complexType></xs:element>
  <xs:simpleType name="relevance"><xs:restriction base="xs:string">
    <xs:enumeration value="Reported"/><xs:enumeration value="Other"/>
  </xs:restriction></xs:simpleType>
  <xs:complexType name="hash"><xs:simpleContent><xs:extension base="xs:string">
    <xs:attribute name="hashType" use="required"/><xs:attribute name="salt"/>
  </xs:extension></xs:simpleContent></xs:complexType>
</xs:schema>"""


def test_references_and_named_types_are_followed():
    found = {(one.path, one.kind) for one in differences(NAMED_TYPES.encode())}

    assert ("fileDetails/details/nameValuePair", "gone") in found
    assert ("fileDetails/fileRelevance", "words") in found
    assert ("fileDetails/originalFileHash@salt", "new") in found
    assert ("fileDetails/originalFileHash@hashType", "required") not in found
    assert ("fileDetails/potentialMeme", "gone") not in found
    assert ("report", "gone") in found


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html/>",
        b'<schema xmlns="urn:other"/>',
        b'<!DOCTYPE x><xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>',
        OURS.replace('minOccurs="0"', 'minOccurs="-1"').encode(),
        OURS.replace('maxOccurs="1"', 'maxOccurs="9999999"').encode(),
        NAMED_TYPES.replace('ref="details"', 'ref="nowhere"').encode(),
        NAMED_TYPES.replace(
            '<xs:attribute name="type"/>', '<xs:sequence><xs:element ref="details"/></xs:sequence>'
        ).encode(),
    ],
)
def test_a_schema_that_cannot_be_understood_is_an_error_and_no_answer(body):
    with pytest.raises(RemoteError) as refused:
        differences(body)

    assert "authority_unreadable" == refused.value.code


@given(st.integers(0, len(OURS) - 1), st.sampled_from(["", "x", "<", '"', "0"]))
def test_a_broken_schema_is_compared_or_refused(place, instead):
    assert outcome((OURS[:place] + instead + OURS[place + 1 :]).encode()) in {"compared", "authority_unreadable"}


def outcome(body):
    try:
        differences(body)
    except RemoteError as refused:
        return refused.code
    return "compared"


def test_the_schema_is_fetched_and_compared():
    centre = Centre()
    authority = NcmecAuthority(SETTINGS, SECRETS)

    assert ([], ["xsd"]) == (authority.differences(centre), centre.calls)
    centre.schema = OURS.replace('name="platform"', 'name="app"').encode()
    assert {"new", "gone"} == {one.kind for one in authority.differences(centre)}
