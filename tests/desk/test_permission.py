"""Reports leave this machine only after a setting, a file of secrets and the word of an operator."""

import json

import pytest

from kindward.config import Reports
from kindward.desk import permission
from kindward.errors import ConfigError

NOW = 1_790_000_000
SECRETS = {"user": "u", "password": "p"}
PRODUCTION = {"environment": "production"}


@pytest.fixture
def reports(tmp_path):
    (tmp_path / "reports.toml").write_text('[ncmec]\nenvironment = "production"\n')
    (tmp_path / "secrets.toml").write_text("")

    def made(**changes):
        settings = {
            "authority": "ncmec",
            "settings_file": str(tmp_path / "reports.toml"),
            "secrets_file": str(tmp_path / "secrets.toml"),
            "production": True,
        }
        return Reports(**settings | changes)

    return made


@pytest.mark.parametrize(
    ("authority", "chosen", "leaves"),
    [
        ("dryrun", {}, False),
        ("dryrun", {"form": "ncmec"}, False),
        ("ncmec", {"url": "http://127.0.0.1:8480/ispws"}, False),
        ("ncmec", {"environment": "sandbox", "url": "http://localhost:8480/ispws"}, False),
        ("ncmec", {"environment": "sandbox", "url": "https://centre.example.org"}, True),
        ("ncmec", {"environment": "test", "url": "http://127.0.0.1:8480/ispws"}, True),
        ("ncmec", PRODUCTION, True),
        ("eu", {"url": "http://[::1]:9000"}, False),
        ("eu", {"url": "https://centre.example.org"}, True),
        ("eu", {"url": "https://127.0.0.1.example.org"}, True),
        ("of-a-plug-in", {"endpoint": "http://127.0.0.1"}, True),
        ("of-a-plug-in", {}, True),
    ],
)
def test_what_does_not_say_that_it_stays_here_leaves(reports, authority, chosen, leaves):
    assert leaves == permission.leaves(reports(authority=authority), chosen)


@pytest.mark.parametrize("production", [False, True])
def test_what_stays_here_needs_nothing(reports, production):
    here = {"url": "http://127.0.0.1:8480/ispws"}

    assert None is permission.allowed(reports(production=production, secrets_file="", settings_file=""), here, {})


def test_all_three_together_let_reports_leave(reports):
    permission.confirm(reports(), NOW)

    assert None is permission.allowed(reports(), PRODUCTION, SECRETS)


@pytest.mark.parametrize(
    ("changes", "secrets", "why"),
    [
        ({"production": False}, SECRETS, "reports.production is not true"),
        ({"secrets_file": ""}, SECRETS, "there is no file of secrets"),
        ({}, {}, "there is no file of secrets"),
        ({"authority": "eu"}, SECRETS, "nobody has confirmed these settings"),
    ],
)
def test_each_of_the_three_alone_is_missed(reports, changes, secrets, why):
    permission.confirm(reports(), NOW)
    with pytest.raises(ConfigError) as refused:
        permission.allowed(reports(**changes), PRODUCTION, secrets)

    assert ("production_not_allowed", why) == (refused.value.code, refused.value.facts["why"])
    assert "kindward doctor --confirm-production" in refused.value.hint


def test_settings_that_changed_since_are_not_those_that_were_confirmed(reports, tmp_path):
    permission.confirm(reports(), NOW)
    (tmp_path / "reports.toml").write_text('[ncmec]\nenvironment = "test"\n')
    with pytest.raises(ConfigError) as refused:
        permission.allowed(reports(), PRODUCTION, SECRETS)

    assert "nobody has confirmed these settings" == refused.value.facts["why"]


@pytest.mark.parametrize("text", ["", "no record", "[]", "{}", '{"digest": 7}', '{"digest": ""}', "\ud800"])
def test_a_broken_confirmation_confirms_nothing(reports, tmp_path, text):
    (tmp_path / "reports.toml.confirmed").write_bytes(text.encode("utf-8", "surrogatepass"))

    assert ("", True) == (permission.confirmed(reports()), permission.digest_of(reports()) != "")


def test_a_confirmation_says_what_was_confirmed_and_when(reports, tmp_path):
    file = permission.confirm(reports(), NOW)
    record = json.loads(file.read_text())

    assert [tmp_path / "reports.toml.confirmed"] == [file]
    assert {"authority": "ncmec", "digest": permission.digest_of(reports()), "at": "2026-09-21T14:13:20Z"} == record
    assert [] == list(tmp_path.glob(".*"))


def test_what_cannot_be_read_or_written_is_told_in_a_sentence(reports, tmp_path):
    for changes in ({"settings_file": str(tmp_path / "nowhere.toml")}, {"settings_file": str(tmp_path)}):
        with pytest.raises(ConfigError) as refused:
            permission.confirm(reports(**changes), NOW)
        assert "the file of settings cannot be read" == refused.value.facts["why"]
    (tmp_path / "reports.toml.confirmed").mkdir()
    with pytest.raises(ConfigError) as refused:
        permission.confirm(reports(), NOW)
    assert "the confirmation cannot be written beside the settings" == refused.value.facts["why"]
