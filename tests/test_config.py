"""Settings: every key has a default, every mistake a clear sentence, every value an origin."""

from operator import attrgetter
from pathlib import Path

import pytest

from kindward.config import Settings, describe, load, require_files
from kindward.errors import ConfigError


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Write kindward.toml into a fresh working directory and load it."""
    monkeypatch.chdir(tmp_path)

    def write_and_load(text, environment=None):
        (tmp_path / "kindward.toml").write_text(text, encoding="utf-8")
        return load(None, environment or {})

    return write_and_load


def _refusal(write_and_load, text, environment=None):
    with pytest.raises(ConfigError) as caught:
        write_and_load(text, environment)
    return caught.value


def test_without_a_file_every_setting_has_its_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    loaded = load(None, {})
    assert Settings() == loaded.settings
    assert {"default"} == set(loaded.origins.values())


def test_simulation_is_the_shipped_default():
    assert Settings().simulate is True


def test_every_setting_has_a_meaning_that_ends_like_a_sentence():
    assert [] == [name for name, *_, meaning in describe() if not meaning.endswith(".")]


def test_every_setting_is_described_once():
    names = [row[0] for row in describe()]
    assert sorted(set(names)) == sorted(names)
    assert "limits.bytes" in names


def test_no_setting_holds_a_secret_itself():
    public = {"banks.operator_keys"}
    words = ("password", "secret", "key", "token")
    assert [] == [
        row[0]
        for row in describe()
        if any(word in row[0] for word in words) and not row[0].endswith("_file") and row[0] not in public
    ]


def test_a_file_changes_what_it_names_and_nothing_else(written):
    loaded = written("simulate = false\n[matching]\npdq_distance = 20\n")
    assert (False, 20, 50) == (
        loaded.settings.simulate,
        loaded.settings.matching.pdq_distance,
        loaded.settings.matching.pdq_quality,
    )
    assert ("kindward.toml", "default") == (loaded.origins["simulate"], loaded.origins["matching.pdq_quality"])


def test_files_in_conf_d_follow_in_the_order_of_their_names(written, tmp_path):
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d/20-late.toml").write_text("[service]\nport = 3\n", encoding="utf-8")
    (tmp_path / "conf.d/10-early.toml").write_text("[service]\nport = 2\nqueue = 7\n", encoding="utf-8")
    loaded = written("[service]\nport = 1\n")
    assert (3, 7) == (loaded.settings.service.port, loaded.settings.service.queue)
    assert Path("conf.d/20-late.toml") == Path(loaded.origins["service.port"])


def test_a_conf_d_of_somebody_else_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d/web.toml").write_text("server = 1\n", encoding="utf-8")
    assert Settings() == load(None, {}).settings


def test_the_environment_overrides_files(written):
    loaded = written("[store]\nurl = 'sqlite:///a.db'\n", {"KINDWARD__STORE__URL": "sqlite:///b.db"})
    assert ("sqlite:///b.db", "KINDWARD__STORE__URL") == (loaded.settings.store.url, loaded.origins["store.url"])


@pytest.mark.parametrize(
    ("variable", "text", "setting", "expected"),
    [
        ("KINDWARD__SIMULATE", "false", "simulate", False),
        ("KINDWARD__MATCHING__FAST", "0", "matching.fast", False),
        ("KINDWARD__LIMITS__SECONDS", "2.5", "limits.seconds", 2.5),
        ("KINDWARD__SERVICE__WORKERS", "3", "service.workers", 3),
        ("KINDWARD__BANKS__PATHS", "/a:/b", "banks.paths", ["/a", "/b"]),
        ("KINDWARD__POLICY__ON_UNREADABLE", "pass", "policy.on_unreadable", "pass"),
    ],
)
def test_a_variable_is_read_as_the_type_of_its_setting(variable, text, setting, expected, monkeypatch):
    monkeypatch.chdir("/")
    assert expected == attrgetter(setting)(load(None, {variable: text}).settings)


def test_an_unknown_key_is_refused_with_the_nearest_known_one(written):
    error = _refusal(written, "[matching]\npdq_distanse = 3\n")
    assert ("config_unknown_key", "Did you mean matching.pdq_distance?") == (error.code, error.hint)
    assert "kindward.toml sets matching.pdq_distanse, which is not a setting." == error.sentence


def test_an_unknown_key_without_a_neighbour_points_to_the_list(written):
    assert "`kindward config` lists all settings." == _refusal(written, "zzz = 3\n").hint


def test_an_unknown_variable_is_refused(written):
    assert "config_unknown_key" == _refusal(written, "", {"KINDWARD__STORE__PASSWORD": "x"}).code


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("simulate = 1", "kindward.toml gives simulate a value that is neither true nor false."),
        ("[service]\nport = 'x'", "kindward.toml gives service.port a value that is not a whole number."),
        ("[service]\nport = true", "kindward.toml gives service.port a value that is not a whole number."),
        ("[limits]\nseconds = nan", "kindward.toml gives limits.seconds a value that is not a number."),
        ("[limits]\nbytes = {a = 1}", "kindward.toml gives limits.bytes a value that is not a whole number."),
        ("[banks]\npaths = 'a'", "kindward.toml gives banks.paths a value that is not a list of texts."),
        ("[store]\nurl = 3", "kindward.toml gives store.url a value that is not a text."),
        (
            "[policy]\non_unreadable = 'maybe'",
            "kindward.toml gives policy.on_unreadable a value that is not one of: pass, hold, block.",
        ),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_in_plain_words(written, text, sentence):
    error = _refusal(written, text)
    assert ("config_wrong_type", sentence) == (error.code, error.sentence)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[matching]\npdq_distance = 32", "Give a value from 0 to 31."),
        ("[matching]\npdq_quality = 101", "Give a value from 0 to 100."),
        ("[matching]\npdq_quality = -1", "Give a value from 0 to 100."),
        ("[service]\nport = 65536", "Give a value from 0 to 65535."),
        ("[limits]\nbytes = 0", "Give a value of at least 1."),
    ],
)
def test_a_value_out_of_range_is_refused_with_the_range(written, text, hint):
    error = _refusal(written, text)
    assert ("config_out_of_range", hint) == (error.code, error.hint)


def test_a_password_in_the_address_of_the_database_is_refused_and_not_repeated(written):
    error = _refusal(written, "[store]\nurl = 'postgresql://kindward:hunter2@db/kindward'\n")
    assert "config_secret" == error.code
    assert "hunter2" not in error.sentence + error.hint


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u@h/db?password=hunter2",
        "postgresql://u@h/db?sslmode=require&PASSWORD=hunter2",
        "postgresql://u@h/db?p%61ssword=hunter2",
        "postgresql://u@h/db?sslpassword=hunter2",
        "postgresql://u:hun/ter2hunter2@h/db",
        "postgresql://u:hunter2?x=@h/db",
        "postgresql://u:a@hunter2@h/db",
    ],
)
def test_a_password_anywhere_in_the_address_is_refused_and_not_repeated(written, url):
    error = _refusal(written, f"[store]\nurl = '{url}'\n")
    assert "config_secret" == error.code
    assert "hunter2" not in error.sentence + error.hint


@pytest.mark.parametrize(
    "url",
    ["sqlite:////srv/a:b@c/kindward.db", "postgresql://h:5432/db", "postgresql://u@h:5432/db?passfile=/run/pass"],
)
def test_an_address_without_a_password_is_taken_whatever_else_it_holds(written, url):
    assert url == written(f"[store]\nurl = '{url}'\n").settings.store.url


def test_an_address_with_a_user_but_no_password_is_taken(written):
    loaded = written("[store]\nurl = 'postgresql://kindward@db/kindward'\n")
    assert "postgresql://kindward@db/kindward" == loaded.settings.store.url


def test_a_file_that_is_not_toml_is_refused_with_the_place(written):
    error = _refusal(written, "simulate = \n")
    assert "config_unreadable" == error.code
    assert "line 1" in error.sentence


def test_a_file_that_is_not_utf8_is_refused(written, tmp_path):
    (tmp_path / "kindward.toml").write_bytes(b"# caf\xe9\n")
    with pytest.raises(ConfigError) as caught:
        load(None, {})
    assert "config_unreadable" == caught.value.code


def test_a_missing_file_is_refused_when_it_was_asked_for(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "none.toml", {})
    assert "config_missing" == caught.value.code


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[banks]\npaths = ['nowhere']", "banks.paths"),
        ("[policy]\nfile = 'nowhere'", "policy.file"),
        ("[store]\npassword_file = 'nowhere'", "store.password_file"),
    ],
)
def test_files_that_the_settings_name_must_be_there(written, text, name):
    with pytest.raises(ConfigError) as caught:
        require_files(written(text))
    assert ("config_file_missing", name) == (caught.value.code, caught.value.facts["name"])
