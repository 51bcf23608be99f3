"""Whom to call: the data is whole, dated and says where it was read."""

from datetime import date, timedelta

import pytest

from kindward.help import AGES, EVERYWHERE, Audience, countries, directory, find

TODAY = date(2026, 11, 27)


def test_every_service_says_what_it_is_in_both_languages():
    for one in directory():
        assert {"de", "en"} == set(one.what)
        assert all(text.endswith(".") for text in one.what.values())
        assert set(one.hours) in ({"de", "en"}, set())
        assert one.contact
        assert one.name


def test_ids_are_the_services_own():
    ids = [one.id for one in directory()]

    assert len(ids) == len(set(ids))


def test_a_day_of_reading_comes_with_a_source_and_never_alone():
    assert [] == [one.id for one in directory() if bool(one.source) != (one.checked is not None)]


def test_no_line_was_read_in_the_future():
    assert [] == [one.id for one in directory() if one.checked and one.checked > date.today()]  # noqa: DTZ011 - a day


def test_countries_are_codes():
    assert {"DE", "AT", "CH", "GB", "US"} <= set(countries())
    assert all(len(one) == 2 and one.isupper() for one in countries())


@pytest.mark.parametrize("country", ["DE", "AT", "CH", "GB"])
def test_a_child_finds_somebody_to_talk_to(country):
    first = find(country, Audience.CHILD)[0]

    assert country == first.country


@pytest.mark.parametrize("country", ["DE", "GB", "US", "FR"])
def test_people_who_worry_about_themselves_find_help_everywhere(country):
    assert find(country, Audience.OWN_THOUGHTS)


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_own_country_comes_before_everywhere(language):
    assert ["DE", EVERYWHERE] == [one.country for one in find("de", Audience.OWN_THOUGHTS, language)]


def test_the_language_asked_for_comes_before_others():
    found = ["de" in one.languages for one in find("CH", None, "de") if one.country == "CH"]

    assert sorted(found, reverse=True) == found
    assert True in found


def test_what_was_read_comes_before_what_was_not():
    checked = [one.checked is not None for one in find("DE", Audience.CHILD, "de") if one.country == "DE"]

    assert sorted(checked, reverse=True) == checked


def test_a_line_ages():
    read = next(one for one in directory() if one.checked)
    never = next(one for one in directory() if not one.checked)

    assert not read.is_old(read.checked + AGES)
    assert read.is_old(read.checked + AGES + timedelta(days=1))
    assert never.is_old(TODAY)


def test_an_unknown_country_gets_what_is_for_everywhere():
    assert {EVERYWHERE} == {one.country for one in find("XX")}
