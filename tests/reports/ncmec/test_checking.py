"""A form is held against its table: order, numbers, words, lengths, attributes."""

import copy

import pytest
from made_reports import full, viral

from kindward.errors import ContentError
from kindward.reports.ncmec.checking import check
from kindward.reports.ncmec.file_tables import FILE_DETAILS
from kindward.reports.ncmec.forms import MANY, Element, holding, plain
from kindward.reports.ncmec.person_tables import ADDRESS, DEVICE, EMAIL_ADDRESS, IP_EVENT, LINKED, LOCATION, PHONE
from kindward.reports.ncmec.report_tables import DETAILS, INCIDENT_TYPES, REPORT
from kindward.reports.ncmec.reporting import batched, tree


def refusal(node, form):
    with pytest.raises(ContentError) as refused:
        check(node, form)
    assert "report_field_wrong" == refused.value.code
    return refused.value.facts


def everywhere(node, path=()):
    """Give the place of every element of a tree."""
    yield path
    for number, child in enumerate(node.children):
        yield from everywhere(child, (*path, number))


def there(node, path):
    for number in path:
        node = node.children[number]
    return node


WHOLE = tree(full()[0])


def test_the_full_report_and_the_batched_one_fit():
    check(WHOLE, REPORT)
    check(batched(viral()), REPORT)


def test_an_unknown_element_is_refused_wherever_it_stands():
    for path in everywhere(WHOLE):
        changed = copy.deepcopy(WHOLE)
        there(changed, path).children.append(plain("surprise", "x"))

        assert refusal(changed, REPORT)


def test_an_unknown_attribute_is_refused_wherever_it_stands():
    for path in everywhere(WHOLE):
        changed = copy.deepcopy(WHOLE)
        there(changed, path).attributes["surprise"] = "x"

        assert "there is no such attribute" == refusal(changed, REPORT)["rule"]


def test_elements_in_another_order_are_refused():
    refused = 0
    for path in everywhere(WHOLE):
        children = there(WHOLE, path).children
        for first in range(len(children) - 1):
            if children[first].name == children[first + 1].name:
                continue
            changed = copy.deepcopy(WHOLE)
            moved = there(changed, path).children
            moved[first], moved[first + 1] = moved[first + 1], moved[first]
            refused += bool(refusal(changed, REPORT))

    assert refused > 70


def test_marks_may_stand_in_any_order():
    form = next(one for one in FILE_DETAILS.children if one.name == "fileAnnotations")

    check(holding("fileAnnotations", plain("viral", "true"), plain("animeDrawingVirtualHentai", "true")), form)


def test_a_mark_is_there_and_true_or_not_there():
    form = next(one for one in FILE_DETAILS.children if one.name == "fileAnnotations")

    assert refusal(holding("fileAnnotations", plain("viral", "false")), form)


def test_what_is_required_may_not_be_left_out():
    for path in everywhere(WHOLE):
        for number, child in enumerate(there(WHOLE, path).children):
            form = form_at(path, number)
            if form.least and sum(one.name == child.name for one in there(WHOLE, path).children) == 1:
                changed = copy.deepcopy(WHOLE)
                del there(changed, path).children[number]
                assert "it is missing" == refusal(changed, REPORT)["rule"]


def form_at(path, number):
    form, node = REPORT, WHOLE
    for step in (*path, number):
        node = node.children[step]
        form = next(one for one in form.children if one.name == node.name)
    return form


def test_what_comes_once_may_not_come_twice():
    for path in everywhere(WHOLE):
        for number, child in enumerate(there(WHOLE, path).children):
            if form_at(path, number).most == 1:
                changed = copy.deepcopy(WHOLE)
                there(changed, path).children.insert(number, copy.deepcopy(child))
                assert "it stands there too often" == refusal(changed, REPORT)["rule"]


def leaves(form, path=""):
    """Give every element that holds a text, with its path."""
    here = f"{path}/{form.name}"
    if form.text is not None:
        yield here, form
    for child in form.children:
        yield from leaves(child, here)


LEAVES = [*leaves(REPORT), *leaves(FILE_DETAILS)]


@pytest.mark.parametrize(("path", "form"), LEAVES, ids=[path for path, _ in LEAVES])
def test_a_text_may_be_as_long_as_its_table_says_and_no_longer(path, form):
    if form.text.longest >= MANY or form.text.pattern.fullmatch("x") is None:
        assert refusal(holding("nothing"), form)
        return
    check(plain(form.name, "x" * form.text.longest), form)

    assert form.text.rule == refusal(plain(form.name, "x" * (form.text.longest + 1)), form)["rule"]


def of(name):
    return next(form for path, form in LEAVES if path.endswith(f"/{name}"))


@pytest.mark.parametrize(
    ("name", "longest"),
    [
        ("platform", 256),
        ("escalateToHighPriority", 3000),
        ("incidentDateTimeDescription", 3000),
        ("webPageIncident/url", 2083),
        ("newsgroupIncident/name", 255),
        ("chatClient", 255),
        ("chatRoomName", 255),
        ("gameName", 255),
        ("console", 255),
        ("locationName", 255),
        ("client", 255),
        ("agencyName", 255),
        ("caseNumber", 100),
        ("legalURL", 2083),
        ("vehicleDescription", 300),
        ("espIdentifier", 255),
        ("espService", 100),
        ("screenName", 256),
        ("displayName", 255),
        ("profileUrl", 2083),
        ("groupIdentifier", 255),
        ("schoolName", 255),
        ("firstName", 100),
        ("lastName", 100),
        ("address/city", 100),
        ("zipCode", 20),
        ("nonUsaState", 100),
        ("phone", 50),
        ("idType", 255),
        ("idValue", 2083),
        ("originalFileName", 2056),
        ("locationOfFile", 2083),
        ("nameValuePair/name", 64),
    ],
)
def test_lengths_are_those_of_the_documentation(name, longest):
    assert longest == of(name).text.longest


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("incidentType", INCIDENT_TYPES[0], ["Other", "child sex trafficking", ""]),
        ("incidentDateTime", "2026-11-25T10:00:00Z", ["2026-11-25T10:00:00", "2026-13-01T00:00:00Z", "now", "24:00"]),
        ("incidentDateTime", "2026-11-25T10:00:00+05:45", ["2026-11-25T10:00:00+25:00", "2026-11-25 10:00:00Z"]),
        ("dateOfBirth", "2001-02-03", ["3.2.2001", "2001-2-3", "2001-02-32"]),
        ("age", "0", ["-1", "151", "eleven", "1.5", "1e2"]),
        ("age", "150", ["", " ", "²"]),
        ("port", "65535", ["0", "65536", "-1", "http"]),
        ("port", "1", ["99999999999999999999"]),
        ("country", "DE", ["de", "XX", "EU", "DEU", "Germany"]),
        ("state", "DC", ["dc", "XX", "Illinois"]),
        ("email", "a@example.org", ["a", "@example.org", "a@", "a b@example.org", f"{'a' * 65}@example.org"]),
        ("ipAddress", "2001:db8::1", ["example.org", "", "192.0.2.1, 192.0.2.2"]),
        ("ipAddress", "192.0.2.1", ["192.0.2.1 (proxy)"]),
        ("latitude", "-12.5", ["12,5", "north", "1234.0"]),
        ("eventName", "Login", ["login", "Logout"]),
        ("priorCTReports", "9223372036854775807", ["9223372036854775808", "-1", "x"]),
        ("fileRelevance", "Supplemental Reported", ["Supplemental", "reported"]),
        ("industryClassification", "B2", ["C1", "a1", "A"]),
        ("screenName", " x ", ["", " ", "\u00a0\t"]),
        ("displayName", "\n.\n", ["\n"]),
        ("fileViewedByEsp", "true", ["True", "1", "yes"]),
    ],
)
def test_texts_have_the_form_that_the_documentation_asks_for(name, right, wrong):
    check(plain(of(name).name, right), of(name))

    for text in wrong:
        assert refusal(plain(of(name).name, text), of(name))


@pytest.mark.parametrize(
    ("node", "form"),
    [
        (plain("email", "a@example.org", type="Private"), EMAIL_ADDRESS),
        (plain("email", "a@example.org", verified="yes"), EMAIL_ADDRESS),
        (plain("email", "a@example.org", verificationDate="2026-11-25"), EMAIL_ADDRESS),
        (plain("phone", "1", type="Car"), PHONE),
        (plain("phone", "1", countryCallingCode="49"), PHONE),
        (plain("phone", "1", countryCallingCode="+4900"), PHONE),
        (plain("phone", "1", extension="12345678901"), PHONE),
        (plain("phone", "1", extension="x1"), PHONE),
        (plain("address", type="Office"), ADDRESS),
        (plain("associatedAccount"), LINKED),
        (plain("associatedAccount", type="Friend"), LINKED),
        (plain("estimatedLocation"), LOCATION),
        (plain("ipCaptureEvent"), IP_EVENT),
        (holding("deviceId", plain("idType", "IMEI")), DEVICE),
    ],
)
def test_attributes_and_required_parts_are_held_to_their_tables(node, form):
    assert refusal(node, form)


def test_a_place_is_exactly_one_kind_of_place():
    assert refusal(holding("internetDetails"), DETAILS)
    assert refusal(holding("internetDetails", plain("webPageIncident"), plain("emailIncident")), DETAILS)
    check(holding("internetDetails", plain("webPageIncident")), DETAILS)


def test_a_linked_account_has_an_age_or_a_birthday():
    both = (plain("approximateAge", "40"), plain("dateOfBirth", "1986-01-01"))

    check(holding("associatedAccount", both[0], type="Other"), LINKED)
    assert refusal(holding("associatedAccount", *both, type="Other"), LINKED)


def test_an_element_holds_a_text_or_others_and_not_both():
    mixed = holding("ipCaptureEvent", plain("ipAddress", "192.0.2.1"))
    mixed.text = "and more"

    assert "it holds no text of its own" == refusal(mixed, IP_EVENT)["rule"]
    assert "it holds no other elements" == refusal(holding("email", plain("b", "x")), EMAIL_ADDRESS)["rule"]
    assert "it holds no text" == refusal(plain("empty", "x"), Element("empty"))["rule"]
    assert "another element stands here" == refusal(plain("other"), Element("empty"))["rule"]


def test_a_refusal_names_the_field_and_the_rule_but_never_the_value():
    secret = "max.muster at example.net"
    with pytest.raises(ContentError) as refused:
        check(plain("email", secret), EMAIL_ADDRESS)

    assert secret not in f"{refused.value} {refused.value.hint} {refused.value.facts}"
