"""Access tokens on both databases."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta

import pytest

from kindward.errors import StateError
from kindward.store import Role, split_token


def test_a_new_token_opens_and_its_text_is_shown_only_once(store):
    new = store.tokens.create(Role.CHECKER, "mail gateway 2")
    token_id, secret = split_token(new.text)
    kept = store.tokens.live()[token_id]
    assert kept.opens_with(secret)
    assert Role.CHECKER is kept.role
    assert "mail gateway 2" == kept.label
    assert secret not in repr(new)
    assert secret not in repr(kept)


def test_only_the_sha256_of_the_secret_is_at_rest(store):
    new = store.tokens.create(Role.OPERATOR, "monitoring")
    _, secret = split_token(new.text)
    with store.read() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM tokens").all()
    assert secret not in repr(rows)
    assert hashlib.sha256(secret.encode()).digest() in [
        bytes(value) for value in rows[0] if not isinstance(value, (str, int, type(None)))
    ]


def test_two_tokens_never_share_a_secret_or_an_identifier(store):
    texts = {store.tokens.create(Role.CHECKER, "same label").text for _ in range(20)}
    assert 20 == len({split_token(text)[0] for text in texts})
    assert 20 == len({split_token(text)[1] for text in texts})


def test_a_secret_has_256_bits(store):
    _, secret = split_token(store.tokens.create(Role.CHECKER, "x").text)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", secret)


def test_another_secret_does_not_open_a_token(store):
    first, second = (store.tokens.create(Role.CHECKER, "x") for _ in range(2))
    assert not first.token.opens_with(split_token(second.text)[1])
    assert not first.token.opens_with("")


def test_a_revoked_token_is_no_longer_live_but_stays_in_the_list(store):
    token = store.tokens.create(Role.CHECKER, "lost laptop").token
    revoked = store.tokens.revoke(token.id)
    assert revoked.revoked_at is not None
    assert {} == store.tokens.live()
    assert [token.id] == [kept.id for kept in store.tokens.all()]


def test_revoking_twice_says_so(store):
    token = store.tokens.create(Role.CHECKER, "x").token
    store.tokens.revoke(token.id)
    with pytest.raises(StateError, match="already revoked") as caught:
        store.tokens.revoke(token.id)
    assert "token_revoked_before" == caught.value.code


def test_revoking_a_token_that_never_was_says_so(store):
    with pytest.raises(StateError) as caught:
        store.tokens.revoke("0123456789ab")
    assert "token_unknown" == caught.value.code


def test_a_token_past_its_time_is_not_live(store):
    token = store.tokens.create(Role.CHECKER, "demo", lifetime=timedelta(0)).token
    assert {} == store.tokens.live()
    assert not token.live(datetime.now(UTC))


def test_a_token_within_its_time_is_live(store):
    token = store.tokens.create(Role.CHECKER, "demo", lifetime=timedelta(hours=1)).token
    assert [token.id] == list(store.tokens.live())


@pytest.mark.parametrize("label", ["", "   ", "x" * 65, "two\nlines", "\x00"])
def test_a_label_that_would_spoil_a_log_line_is_refused(store, label):
    with pytest.raises(StateError) as caught:
        store.tokens.create(Role.CHECKER, label)
    assert "token_label_unusable" == caught.value.code
    assert [] == store.tokens.all()


def test_an_unknown_role_is_refused(store):
    with pytest.raises(ValueError, match="administrator"):
        store.tokens.create("administrator", "x")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "kindward",
        "kindward_0123456789ab_short",
        "Kindward_0123456789ab_" + "a" * 43,
        "kindward_0123456789ab_" + "a" * 43 + "\n",
    ],
)
def test_what_does_not_look_like_a_token_is_not_looked_up(text):
    assert split_token(text) is None
