"""``kindward token``."""

import json

import pytest

from kindward.store import split_token


@pytest.fixture
def here(program, tmp_path):
    return program(tmp_path)


def test_a_token_is_printed_once_and_never_listed(here):
    made = here("token", "create", "--role", "checker", "--label", "mail gateway")
    assert 0 == made.status
    token_id, secret = split_token(made.out.strip())
    listed = here("token", "list")
    assert token_id in listed.out
    assert "mail gateway" in listed.out
    assert secret not in listed.out


def test_machine_output_has_stable_keys(here):
    made = json.loads(here("token", "create", "--role", "operator", "--label", "x", "--days", "3", "-o", "json").out)
    assert {"id", "role", "label", "created", "expires", "revoked", "token"} == set(made)
    assert "operator" == made["role"]
    assert made["expires"] is not None
    listed = here("token", "list", "-o", "jsonl").record
    assert {key: value for key, value in made.items() if key != "token"} == listed


def test_a_token_is_revoked_by_its_identifier(here):
    made = json.loads(here("token", "create", "--role", "checker", "--label", "x", "-o", "json").out)
    assert 0 == here("token", "revoke", made["id"]).status
    assert here("token", "list", "-o", "jsonl").record["revoked"] is not None
    again = here("token", "revoke", made["id"])
    assert 75 == again.status
    assert "already revoked" in again.err


def test_an_unknown_token_cannot_be_revoked(here):
    answer = here("token", "revoke", "0123456789ab")
    assert 75 == answer.status
    assert "kindward token list" in answer.err


@pytest.mark.parametrize(
    "arguments", [["create"], ["create", "--role", "root", "--label", "x"], ["create", "--role", "checker"], ["revoke"]]
)
def test_wrong_usage_is_64(here, arguments):
    assert 64 == here("token", *arguments).status


def test_a_label_that_would_spoil_a_log_line_is_refused(here):
    answer = here("token", "create", "--role", "checker", "--label", "two\nlines")
    assert 75 == answer.status
    assert "printable" in answer.err


def test_a_list_without_tokens_is_empty(here):
    assert "" == here("token", "list").out
    assert [] == json.loads(here("token", "list", "-o", "json").out)


def test_the_database_is_that_of_the_configuration(here, tmp_path):
    (tmp_path / "kindward.toml").write_text('[store]\nurl = "sqlite:///elsewhere.db"\n')
    here("token", "create", "--role", "checker", "--label", "x")
    assert (tmp_path / "elsewhere.db").is_file()
