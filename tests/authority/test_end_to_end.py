"""From the first keys to a subscriber who matches and an outsider who verifies."""

import random
from contextlib import suppress

import pytest
from ceremonies import DE, FR, NL, Ceremony, words_of

from kindward.errors import StateError


@pytest.mark.parametrize("names", [(DE, FR), (DE, FR, NL)])
def test_what_two_confirmed_reaches_a_subscriber_and_an_outsider(tmp_path, names):
    ceremony = Ceremony(tmp_path, names)
    ceremony.agree("a", "b")
    published = ceremony.release()
    subscriber = ceremony.subscriber()
    told = subscriber.update(ceremony.now)
    audit = ceremony.audit()

    assert (1, True, ("w0.example", "w1.example")) == (published.release, published.fresh, published.witnesses)
    assert {"a", "b"} == words_of(subscriber)
    assert (1, 2) == (told.release.number, told.release.active)
    assert 2 == audit.history.active
    assert {"protest", "painting"} == {each.label for each in audit.reported}


def test_an_entry_says_who_confirmed_it_and_where(ceremony):
    subscriber = ceremony.subscriber()
    subscriber.update(ceremony.now)
    (found,) = [each for item in subscriber.entries.values() for each in item.entries if each.note == "case-a"]

    assert (DE, FR) == found.confirmed_by
    assert ("DE", "scheme:a", "2026-11-24") == (found.jurisdiction, found.severity, found.added)


def test_an_entry_with_one_confirmation_is_never_released(ceremony):
    ceremony.propose(DE, "lonely")
    with pytest.raises(StateError) as refused:
        ceremony.sign(DE)

    assert "release_nothing_new" == refused.value.code


def test_an_entry_with_one_confirmation_stays_behind_when_others_are_released(ceremony):
    ceremony.propose(DE, "lonely", "shared")
    ceremony.confirm(FR, own=["shared"])
    ceremony.release()
    subscriber = ceremony.subscriber()
    subscriber.update(ceremony.now)

    assert {"a", "b", "c", "shared"} == words_of(subscriber)


def test_two_authorities_of_one_country_do_not_put_an_entry_in_force(tmp_path):
    ceremony = Ceremony(tmp_path, (DE, FR, NL), jurisdictions={DE: "DE", FR: "DE", NL: "NL"})
    ceremony.agree("a", "b")
    ceremony.sign()
    with pytest.raises(StateError) as refused:
        ceremony.sign(DE)
    ceremony.confirm(NL, own=["a"])
    ceremony.release()
    subscriber = ceremony.subscriber()
    subscriber.update(ceremony.now)

    assert "release_nothing_new" == refused.value.code
    assert {"a"} == words_of(subscriber)


def test_both_proposing_the_same_is_agreement(ceremony):
    ceremony.propose(DE, "twice")
    ceremony.propose(FR, "twice", jurisdiction="DE")
    ceremony.release()

    assert 4 == ceremony.audit().history.active


def test_an_expired_timestamp_makes_a_subscriber_refuse_until_it_is_refreshed(ceremony):
    subscriber = ceremony.subscriber()
    subscriber.update(ceremony.now)
    ceremony.tick(days=1, seconds=1)
    refused = subscriber.refused(ceremony.now)
    done = ceremony.publish(refresh=True)
    told = subscriber.update(ceremony.now)

    assert "list_expired" == refused
    assert (False, 1) == (done.fresh, done.release)
    assert told.current


def test_refresh_leaves_a_release_that_waits(ceremony):
    ceremony.agree("d")
    ceremony.sign()
    refreshed = ceremony.publish(refresh=True)
    then = ceremony.publish()

    assert (1, 2) == (refreshed.release, then.release)


def test_publishing_again_renews_the_time(ceremony):
    done = ceremony.publish()

    assert (1, False) == (done.release, done.fresh)
    ceremony.audit()


@pytest.mark.parametrize("seed", range(3))
def test_subscribers_follow_from_any_release(tmp_path, seed):
    """Whoever follows each release, skips some or comes late holds what the plain rule says."""
    rng = random.Random(seed)
    ceremony = Ceremony(tmp_path, (DE, FR, NL))
    ceremony.agree("first")
    ceremony.release()
    said, known, files = {"first": {DE, FR}}, ["first"], set()
    always, fresh = ceremony.subscriber("always"), None
    sometimes = {number: ceremony.subscriber(f"from-{number}") for number in range(1, 4)}
    plain = set()
    for number in range(1, 9):
        _say_anything(rng, ceremony, said, known, number)
        plain = _plain(plain, said)
        if not _signed(ceremony):
            continue
        ceremony.publish()
        files |= {name for name in ceremony.exchange.targets().targets if name.startswith("list/0-")}
        always.update(ceremony.now)
        for often, subscriber in sometimes.items():
            if number % (often + 1) == 0 or number == often:
                subscriber.update(ceremony.now)
                assert plain == words_of(subscriber)
        fresh = ceremony.subscriber(f"fresh-{number}")
        fresh.update(ceremony.now)
        assert plain == words_of(always) == words_of(fresh)
    for subscriber in sometimes.values():
        subscriber.update(ceremony.now)
        assert plain == words_of(subscriber)
    assert len(plain) == ceremony.audit().history.active
    assert len(files) > 1, "no base was written anew"


def _signed(ceremony):
    """Sign; say whether there was anything to sign."""
    with suppress(StateError):
        ceremony.sign()
        return True
    return False


def _say_anything(rng, ceremony, said, known, number):
    """Say something random, and note in ``said`` who stands by which word."""
    for name in ceremony.names:
        new = [f"{name}-{number}-{count}" for count in range(rng.randrange(1, 9))]
        again = [word for word in known if name not in said[word] and rng.random() < 0.1]
        ceremony.propose(name, *new, *again, jurisdiction="DE")
        known += new
        for word in [*new, *again]:
            said.setdefault(word, set()).add(name)
    for name in ceremony.names if number > 1 else ():
        _withdraw_some(rng, ceremony, name, said, known)
    for name in ceremony.names:
        _confirm_some(rng, ceremony, name, said, known)
    for word in known:
        said.get(("gone", word), set()).difference_update(said[word])


def _withdraw_some(rng, ceremony, name, said, known):
    gone = [word for word in known if name in said[word] and rng.random() < 0.15]
    if gone:
        ceremony.withdraw(name, *gone)
    for word in gone:
        said[word].discard(name)
        said.setdefault(("gone", word), set()).add(name)


def _confirm_some(rng, ceremony, name, said, known):
    mine = [word for word in known if name not in said[word] and rng.random() < 0.5]
    mine = [word for word in mine if name not in said.get(("gone", word), ())]
    if mine:
        with suppress(StateError):  # there may be nothing of it to confirm
            ceremony.confirm(name, own=mine)
    for word in mine:
        said[word].add(name)


def _plain(before, said):
    """Give what is in force next: the rule of the list in its plainest words, over countries that all differ."""
    now = set()
    for word, names in said.items():
        if isinstance(word, tuple):
            continue
        against = said.get(("gone", word), set())
        stays = len(names) > 1 and len(against) < 2
        now |= {word} if stays else set()
    return now
