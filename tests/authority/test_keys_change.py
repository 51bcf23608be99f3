"""Keys are renewed while subscribers follow, and a former key says nothing any more."""

import shutil
from datetime import timedelta

import pytest
from ceremonies import DE, FR, NL, entry, words_of

from kindward.authority.home import Home
from kindward.authority.proposing import About, propose
from kindward.authority.signing import sign
from kindward.errors import KindwardError
from kindward.ledger.charter import Charter


def refused(act, *arguments, **named):
    with pytest.raises(KindwardError) as refusal:
        act(*arguments, **named)
    return refusal.value.code


@pytest.mark.parametrize("how", [{}, {"online": True}, {"keep": True}])
def test_subscribers_follow_over_a_change_of_keys(ceremony, how):
    subscriber = ceremony.subscriber()
    subscriber.update(ceremony.now)
    ceremony.rotate(DE, **how)
    ceremony.sign()
    ceremony.publish()
    ceremony.agree("after")
    ceremony.release()
    subscriber.update(ceremony.now)
    newcomer = ceremony.subscriber("newcomer")
    newcomer.update(ceremony.now)

    assert {"a", "b", "c", "after"} == words_of(subscriber) == words_of(newcomer)
    assert 4 == ceremony.audit().history.active


def test_keys_change_between_the_signatures_of_a_release(ceremony):
    """What former keys had signed of a release that waits does not count any more, and is signed anew."""
    ceremony.agree("new")
    ceremony.sign(DE)
    ceremony.rotate(FR)
    assert [] == list(ceremony.exchange.path.glob("releases/2/*"))
    ceremony.sign()
    ceremony.publish()
    subscriber = ceremony.subscriber()
    subscriber.update(ceremony.now)

    assert {"a", "b", "c", "new"} == words_of(subscriber)


def test_a_waiting_root_needs_the_former_keys_too(ceremony):
    ceremony.rotate(DE)
    ceremony.sign(DE)

    assert "release_unsigned" == refused(ceremony.publish)
    ceremony.sign(FR)
    ceremony.publish()


def test_a_stolen_former_key_says_nothing_any_more(ceremony, tmp_path):
    stolen = tmp_path / "stolen"
    shutil.copytree(ceremony.homes[DE].path, stolen)
    ceremony.rotate(DE)
    ceremony.sign()
    ceremony.publish()
    thief = Home(stolen)
    ceremony.tick()

    assert "authority_stranger" == refused(
        propose, thief, ceremony.exchange, [entry("smuggled")], About("scheme:a"), ceremony.now
    )
    assert "authority_stranger" == refused(sign, thief, ceremony.exchange, ceremony.now)


def test_what_was_said_under_a_former_key_stays_said(ceremony):
    ceremony.propose(DE, "before")
    ceremony.rotate(DE)
    ceremony.sign()
    ceremony.publish()
    ceremony.confirm(FR)
    ceremony.release()
    subscriber = ceremony.subscriber()
    subscriber.update(ceremony.now)

    assert {"a", "b", "c", "before"} == words_of(subscriber)


def test_the_new_keys_are_named_so_that_people_can_compare_them(ceremony):
    ceremony.rotate(FR)
    card = ceremony.homes[FR].card
    done = ceremony.sign(DE)

    assert {(FR, "list", card.list.keyid), (FR, "root", card.root.keyid)} == {
        (one.authority, one.role, one.keyid) for one in done.fresh
    }


def test_a_root_for_another_year_brings_in_no_key(ceremony):
    ceremony.rotate(DE, keep=True)

    assert () == ceremony.sign(DE).fresh


def test_a_root_that_ran_out_is_renewed_in_time(ceremony):
    subscriber = ceremony.subscriber()
    subscriber.update(ceremony.now)
    ceremony.now += timedelta(days=364)
    ceremony.rotate(DE, keep=True)
    ceremony.sign()
    ceremony.publish()
    ceremony.now += timedelta(days=2)
    ceremony.agree("late")
    ceremony.release()
    subscriber.update(ceremony.now)

    assert {"a", "b", "c", "late"} == words_of(subscriber)


def test_only_the_publisher_renews_online_keys(ceremony):
    assert "authority_not_publisher" == refused(ceremony.rotate, FR, online=True)


def test_two_authorities_of_three_replace_the_keys_of_one(three):
    three.rotate(NL)
    three.sign(DE, NL)
    three.publish()
    three.agree("after")
    three.sign(DE, FR)
    three.publish()
    subscriber = three.subscriber()
    subscriber.update(three.now)

    assert "after" in words_of(subscriber)


def test_keys_are_files_that_only_their_owner_reads(ceremony):
    for home in ceremony.homes.values():
        assert {0o600} == {file.stat().st_mode & 0o777 for file in home.path.glob("*.pem")}
        assert 0o700 == home.path.stat().st_mode & 0o777


def test_no_private_key_lies_in_the_exchange_or_the_publication(ceremony):
    held = [
        file.read_bytes()
        for folder in (ceremony.exchange.path, ceremony.folder)
        for file in folder.rglob("*")
        if file.is_file()
    ]

    assert len(held) > 20
    assert not [data for data in held if b"PRIVATE" in data]


def test_the_charter_holds_public_keys_only(ceremony):
    record = str(ceremony.exchange.charter.record())

    assert "private" not in record.lower()
    assert Charter.from_record(ceremony.exchange.charter.record()) == ceremony.exchange.charter
