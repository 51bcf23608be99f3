"""The folder that authorities share is not trusted: whatever somebody changes in it, nobody signs or publishes it."""

import json
import shutil
from datetime import timedelta

import pytest
from ceremonies import DE, FR, NL, Ceremony, entry, value, words_of

from kindward.authority.exchange import Exchange
from kindward.authority.home import Home
from kindward.authority.proposing import confirm, withdraw
from kindward.authority.signing import sign
from kindward.errors import ConfigError, KindwardError, StateError, TrustError
from kindward.model import Entry


def refused(act, *arguments, **named):
    """Give the code with which something is refused, in whole sentences."""
    with pytest.raises(KindwardError) as refusal:
        act(*arguments, **named)
    assert refusal.value.sentence.endswith(".")
    return refusal.value.code


def rewrite(path, change):
    """Change a JSON file as somebody would who has no key."""
    record = json.loads(path.read_bytes())
    change(record)
    path.write_text(json.dumps(record))


def statements(ceremony, name):
    return sorted((ceremony.exchange.path / "statements").glob(f"{name}-*.json"))


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record["body"].update(authority=FR),
        lambda record: record["body"].update(count=2),
        lambda record: record["body"].update(at="2026-11-24T08:00:00Z"),
        lambda record: record["body"].update(list="another"),
        lambda record: record["body"].update(do="withdraw"),
        lambda record: record.update(signature="00" * 64),
        lambda record: record.pop("signature"),
        lambda record: record.pop("body"),
    ],
)
def test_a_statement_that_was_changed_is_refused(ceremony, change):
    ceremony.propose(DE, "new")
    rewrite(statements(ceremony, DE)[-1], change)

    assert "statement_wrong" == refused(ceremony.sign, FR)


def test_entries_that_were_exchanged_under_a_proposal_are_refused(ceremony):
    ceremony.propose(DE, "new")
    ceremony.propose(DE, "other")
    first, second = (path.with_suffix(".kwc") for path in statements(ceremony, DE)[-2:])
    shutil.copy(second, first)

    assert "statement_wrong" == refused(ceremony.confirm, FR)


def test_a_statement_that_was_taken_out_is_missed_by_its_author(ceremony):
    """The others cannot see that the last one is missing; it may be a withdrawal."""
    ceremony.withdraw(DE, "a")
    statements(ceremony, DE)[-1].unlink()

    assert "statement_gap" == refused(ceremony.propose, DE, "later")
    assert "statement_gap" == refused(ceremony.sign, DE)


def test_a_statement_that_was_taken_out_of_the_middle_is_missed_by_everybody(ceremony):
    ceremony.withdraw(DE, "a")
    ceremony.propose(DE, "later")
    statements(ceremony, DE)[-2].unlink()

    assert "statement_gap" == refused(ceremony.sign, FR)


def test_a_statement_cannot_be_said_twice_by_copying_it(ceremony):
    ceremony.propose(DE, "new")
    last = statements(ceremony, DE)[-1]
    number = int(last.stem.rpartition("-")[2])
    shutil.copy(last, last.with_name(f"{DE}-{number + 1:06}.json"))

    assert "statement_wrong" == refused(ceremony.sign, FR)


def test_a_statement_of_another_list_is_none_of_this_one(ceremony, tmp_path):
    other = Ceremony(tmp_path / "other")
    other.propose(DE, "elsewhere")
    shutil.copy(statements(other, DE)[0], ceremony.exchange.path / "statements" / f"{DE}-000009.json")

    assert "statement_wrong" == refused(ceremony.sign, FR)


def test_a_statement_from_the_future_stops_everybody_until_the_clock_is_right(ceremony):
    ceremony.now += timedelta(days=1)
    ceremony.propose(DE, "tomorrow")
    ceremony.now -= timedelta(days=1)

    assert "statement_ahead" == refused(ceremony.propose, FR, "today")
    assert "statement_ahead" == refused(ceremony.sign, FR)


def test_nobody_confirms_what_is_their_own(ceremony):
    proposed = ceremony.propose(DE, "mine")

    assert "confirm_own" == refused(ceremony.confirm, DE, proposed.name)


def test_one_authority_that_says_everything_twice_puts_nothing_in_force(ceremony):
    """Neither two proposals nor two signatures of one authority are two authorities."""
    ceremony.propose(DE, "lonely")
    ceremony.propose(DE, Entry("again", "pdq/1", value("lonely")))

    assert "release_nothing_new" == refused(ceremony.sign, DE)


def test_one_authority_that_signs_a_release_twice_has_signed_it_once(ceremony):
    ceremony.agree("new")
    ceremony.sign(DE)
    done = ceremony.sign(DE)

    assert (FR,) == done.missing
    assert "release_unsigned" == refused(ceremony.publish)


def test_a_signature_under_the_name_of_another_counts_for_nobody(ceremony):
    ceremony.agree("new")
    ceremony.sign(DE)
    folder = ceremony.exchange.path / "releases/2"
    shutil.copy(folder / f"{DE}.json", folder / f"{FR}.json")

    assert "release_unsigned" == refused(ceremony.publish)


def test_a_single_stolen_key_puts_nothing_in_force(ceremony):
    """Whoever holds all keys of one authority can say and sign for it alone."""
    thief = Home(ceremony.homes[DE].path)
    ceremony.tick()
    ceremony.propose(DE, "smuggled")
    with pytest.raises(StateError) as nothing:
        sign(thief, ceremony.exchange, ceremony.now)
    subscriber = ceremony.subscriber()
    subscriber.update(ceremony.now)

    assert "release_nothing_new" == nothing.value.code
    assert {"a", "b", "c"} == words_of(subscriber)


@pytest.mark.parametrize(
    "change",
    [
        lambda plan: plan.update(release="0" * 64),
        lambda plan: plan.update(at="2020-01-01T00:00:00Z"),
        lambda plan: plan.update(at="tomorrow"),
        lambda plan: plan.update(version=plan["version"] + 1),
        lambda plan: plan.update(version=None),
        lambda plan: plan["statements"].reverse(),
        lambda plan: plan["statements"].append("0" * 64),
        lambda plan: plan.pop("statements"),
        lambda plan: plan.update(statements=7),
    ],
)
def test_a_plan_that_was_changed_is_refused(ceremony, change):
    ceremony.agree("new")
    ceremony.sign(DE)
    rewrite(ceremony.exchange.path / "releases/2/plan.json", change)

    assert refused(ceremony.sign, FR) in {"release_plan_wrong", "release_other_build", "statement_gap"}
    assert refused(ceremony.publish) in {"release_plan_wrong", "release_unsigned", "release_other_build"}


def test_whoever_signs_first_cannot_leave_out_a_withdrawal(ceremony):
    ceremony.agree("new")
    ceremony.withdraw(FR, "a")
    ceremony.sign(DE)
    plan = ceremony.exchange.path / "releases/2/plan.json"
    rewrite(plan, lambda record: record["statements"].pop())

    assert refused(ceremony.sign, FR) in {"release_plan_outdated", "release_other_build"}


def test_what_is_said_after_a_release_was_begun_comes_with_the_next_one_or_anew(ceremony):
    ceremony.agree("new")
    ceremony.sign(DE)
    ceremony.agree("later")
    ceremony.sign(FR)
    ceremony.publish()
    subscriber = ceremony.subscriber()
    subscriber.update(ceremony.now)
    assert {"a", "b", "c", "new"} == words_of(subscriber)

    ceremony.release()
    subscriber.update(ceremony.now)
    assert {"a", "b", "c", "new", "later"} == words_of(subscriber)


def test_a_release_can_be_begun_anew_by_hand(ceremony):
    ceremony.agree("new")
    ceremony.sign(DE)
    ceremony.agree("later")
    ceremony.tick()
    sign(ceremony.homes[FR], ceremony.exchange, ceremony.now, anew=True)
    ceremony.sign(DE)
    ceremony.publish()
    subscriber = ceremony.subscriber()
    subscriber.update(ceremony.now)

    assert {"a", "b", "c", "new", "later"} == words_of(subscriber)


def test_a_release_with_other_entries_than_were_said_is_not_built_by_anybody_else(ceremony):
    ceremony.agree("new")
    ceremony.sign(DE)
    folder = ceremony.exchange.path / "releases/2"
    for file in folder.rglob("*.kwc"):
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
    ceremony.sign(FR)
    ceremony.publish()
    subscriber = ceremony.subscriber()
    subscriber.update(ceremony.now)

    assert {"a", "b", "c", "new"} == words_of(subscriber)


@pytest.mark.parametrize(
    "change",
    [
        lambda root: root["signed"]["roles"]["root"].update(threshold=1),
        lambda root: root["signed"]["roles"]["targets"].update(threshold=1),
        lambda root: root["signed"].update(expires="2099-01-01T00:00:00Z"),
        lambda root: root["signed"]["x-kindward"]["authorities"][FR].update(jurisdiction="DE"),
        lambda root: root["signed"]["x-kindward"]["authorities"].pop(FR),
        lambda root: root["signed"]["roles"]["timestamp"]["keyids"].append("0" * 64),
        lambda root: root["signed"].update(consistent_snapshot=False),
        lambda root: root["signed"].update(version=7),
    ],
)
@pytest.mark.parametrize("founded", [False, True])
def test_a_waiting_root_that_was_changed_is_not_signed(tmp_path, change, founded):
    ceremony = Ceremony(tmp_path)
    if founded:
        ceremony.agree("a")
        ceremony.release()
        ceremony.rotate(FR)
    waiting = ceremony.exchange.waiting_root()
    rewrite(waiting, change)

    assert refused(ceremony.sign, DE) in {"root_other", "charter_too_few", "statement_wrong"}


@pytest.mark.parametrize("change", [{"list": "another"}, {"quorum": 0}, {"parameters": {"pdq_distance": 60}}])
def test_the_terms_of_a_list_do_not_change_once_it_is_founded(ceremony, change):
    ceremony.rotate(FR)
    rewrite(ceremony.exchange.waiting_root(), lambda root: root["signed"]["x-kindward"].update(change))

    assert refused(ceremony.sign, DE) in {"root_other", "statement_wrong", "charter_unreadable"}


def test_a_delegation_to_another_key_is_not_signed(tmp_path):
    ceremony, stranger = Ceremony(tmp_path), Ceremony(tmp_path / "stranger")
    waiting = ceremony.exchange.waiting_root().with_name("targets.json")
    shutil.copy(stranger.exchange.waiting_root().with_name("targets.json"), waiting)

    assert "root_other" == refused(ceremony.sign, DE)


def test_a_card_that_was_exchanged_is_noticed_by_its_owner(tmp_path):
    ceremony, stranger = Ceremony(tmp_path), Ceremony(tmp_path / "stranger")
    shutil.copy(stranger.exchange.path / f"cards/{FR}.json", ceremony.exchange.path / f"cards/{FR}.json")

    assert refused(ceremony.sign, FR) in {"root_other", "authority_stranger"}


def test_canaries_that_were_exchanged_are_refused(ceremony):
    ceremony.agree("new")
    (ceremony.exchange.path / "canaries.txt").write_text(f"{'ef' * 32} other\n")

    assert "canaries_other" == refused(sign, ceremony.homes[DE], Exchange(ceremony.exchange.path), ceremony.now)


@pytest.mark.parametrize("text", ["zz label", f"{'ab' * 31} short", f"{'ab' * 32}", f"{'ab' * 32} {'x' * 201}"])
def test_canaries_of_the_wrong_form_found_no_list(tmp_path, text):
    assert "authority_file_unreadable" == refused(Ceremony, tmp_path, canaries=text.encode())


def test_two_canaries_of_one_label_found_no_list(tmp_path):
    text = f"{'ab' * 32} one\n{'cd' * 32} one\n"

    assert "authority_file_unreadable" == refused(Ceremony, tmp_path, canaries=text.encode())


def test_an_entry_near_a_lawful_canary_is_never_signed(ceremony):
    near = bytes.fromhex("ab" * 31 + "aa")
    ceremony.propose(DE, Entry("near", "pdq/1", near))
    ceremony.confirm(FR)

    assert "canary_near" == refused(ceremony.sign, DE)


def test_many_canaries_are_reported_in_several_leaves(tmp_path):
    labels = [f"{n:04}-{'picture-of-a-march' * 9}" for n in range(600)]
    text = "".join(f"{value(label).hex()} {label}\n" for label in labels).encode()
    ceremony = Ceremony(tmp_path, canaries=text)
    ceremony.agree("a")
    ceremony.release()

    assert set(labels) == {each.label for each in ceremony.audit().reported}


def test_a_stranger_says_and_signs_nothing(ceremony, tmp_path):
    stranger = Home.make(tmp_path / "stranger", "stranger", "SE", {})

    assert "authority_stranger" == refused(confirm, stranger, ceremony.exchange, "", ceremony.now)
    assert "authority_stranger" == refused(sign, stranger, ceremony.exchange, ceremony.now)


def test_a_key_that_is_not_the_one_on_the_card_is_a_stranger(ceremony, tmp_path):
    same_name = Home.make(tmp_path / "same", FR, "FR", {})

    assert "authority_stranger" == refused(withdraw, same_name, ceremony.exchange, ["case-a"], "other", ceremony.now)


@pytest.mark.parametrize(
    ("words", "reason", "code"),
    [(["unknown"], "other", "list_entry_unknown"), (["a"], "because", "withdrawal_reason_wrong")],
)
def test_a_withdrawal_names_an_entry_and_a_reason(ceremony, words, reason, code):
    assert code == refused(ceremony.withdraw, FR, *words, reason=reason)


def test_one_authority_takes_an_entry_out_of_a_list_of_two(ceremony):
    ceremony.withdraw(FR, "a")
    ceremony.release()
    subscriber = ceremony.subscriber()
    subscriber.update(ceremony.now)

    assert {"b", "c"} == words_of(subscriber)


def test_of_three_two_must_withdraw_while_two_others_confirm(three):
    three.withdraw(NL, "a")
    with pytest.raises(StateError) as nothing:
        three.sign(DE)
    three.withdraw(FR, "a")
    three.release()
    subscriber = three.subscriber()
    subscriber.update(three.now)

    assert "release_nothing_new" == nothing.value.code
    assert {"b", "c"} == words_of(subscriber)


def test_a_list_goes_back_only_forwards(ceremony):
    """What an earlier release held comes back as a new one, in the words of both authorities."""
    ceremony.agree("wrong")
    ceremony.withdraw(FR, "a")
    ceremony.release()
    ceremony.revert(DE, 1)
    ceremony.revert(FR, 1)
    published = ceremony.release()
    subscriber = ceremony.subscriber()
    subscriber.update(ceremony.now)

    assert (3, {"a", "b", "c"}) == (published.release, words_of(subscriber))
    assert 3 == ceremony.audit().history.active


def test_one_authority_alone_does_not_take_the_list_back(three):
    three.agree("fresh")
    three.confirm(NL)
    three.release()
    three.revert(NL, 1)

    assert "release_nothing_new" == refused(three.sign, DE)


@pytest.mark.parametrize("number", [2, 99])
def test_there_is_nothing_to_go_back_to(ceremony, number):
    assert "release_unknown" == refused(ceremony.revert, DE, number)


def test_going_back_to_the_present_changes_nothing(ceremony):
    assert "release_nothing_new" == refused(ceremony.revert, DE, 1)


def test_the_same_statements_make_the_same_bytes_on_any_machine(ceremony, tmp_path):
    ceremony.agree("x", "y", "z")
    copy = tmp_path / "copy"
    shutil.copytree(ceremony.exchange.path, copy)
    here = ceremony.sign(DE).build
    there = sign(ceremony.homes[FR], Exchange(copy), ceremony.now).build

    assert here.digest == there.digest
    assert here.files == there.files


def test_folders_in_the_wrong_order_are_told(ceremony, tmp_path):
    with pytest.raises(ConfigError) as wrong:
        Home(ceremony.exchange.path)
    assert "authority_no_home" == wrong.value.code
    with pytest.raises((ConfigError, TrustError, StateError)):
        sign(ceremony.homes[DE], Exchange(tmp_path / "nothing"), ceremony.now)


def test_entries_of_the_wrong_form_are_not_proposed(ceremony):
    assert "proposal_empty" == refused(ceremony.propose, DE)
    assert entry("x").value != entry("y").value
