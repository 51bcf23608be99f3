"""Every setting, its default and its meaning; read from files and the environment.

One ``kindward.toml``, then ``conf.d/*.toml`` beside it in order of their names, then the environment
(``KINDWARD__STORE__URL``). Unknown keys are errors. Secrets are never values, only paths to files. Where each value
came from is kept, because the first question in an outage is which file said so.
"""

from __future__ import annotations

import difflib
import math
import os
import tomllib
import types
import typing
import urllib.parse
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal

from kindward.errors import ConfigError
from kindward.locale import N_

type_hints = typing.get_type_hints
FailMode = Literal["pass", "hold", "block"]


def _setting(default: object, meaning: str, low: float = 0, high: float = math.inf) -> Any:  # noqa: ANN401 - dataclass fields take the type of their annotation
    metadata = {"meaning": meaning, "range": (low, high)}
    if isinstance(default, (list, dict)):
        return field(default_factory=lambda: type(default)(default), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one content may cost; beyond a limit it is reported as not checked, never as harmless."""

    bytes: int = _setting(64 * 1024 * 1024, "Largest content in bytes.", 1)
    pixels: int = _setting(100_000_000, "Largest picture in pixels (width times height) of any one frame.", 1)
    frames: int = _setting(2_000, "Most frames of a moving picture that are read.", 1)
    seconds: float = _setting(10.0, "Longest time in seconds for decoding and fingerprinting one content.", 0.1)
    memory: int = _setting(2 * 1024**3, "Most address space in bytes that a decoding process may take.", 256 * 1024**2)


@dataclass(frozen=True, slots=True)
class Matching:
    """How near is near."""

    pdq_distance: int = _setting(31, "Largest PDQ distance in bits that counts as a match (0 to 31).", 0, 31)
    pdq_quality: int = _setting(
        50, "Lowest PDQ quality (0 to 100) at which a picture is looked up by its look.", 0, 100
    )
    fast: bool = _setting(True, "Decode JPEG at a reduced size when the deviation stays within a few bits.")
    borders: bool = _setting(True, "Also look up the picture without uniform borders.")


@dataclass(frozen=True, slots=True)
class Banks:
    """The lists of known fingerprints."""

    paths: list[str] = _setting([], "Folders of the banks to look up.")
    refresh_seconds: float = _setting(1.0, "How often a running service looks for changes of its banks, in seconds.")
    operator_keys: list[str] = _setting(
        [], "Public keys of the operators whose signature gives an imported bank consequences (kindward bank sign)."
    )
    negative_votes: int = _setting(
        3, "Votes of a source's members against an entry from which it is quarantined by itself; 0 for never.", 0
    )
    budget: float = _setting(
        1e-6, "Share of distinct lawful pictures that a bank may match falsely (kindward budget --write).", 0, 1
    )
    match_rate_ceiling: float = _setting(
        0.0,
        "Distinct matched entries for each check above which a bank is switched to simulation by itself; 0 for never.",
        0,
        1,
    )
    match_rate_hours: float = _setting(24.0, "Window in hours over which that rate is counted.", 0.01)
    update_seconds: float = _setting(
        20.0, "How often a running service updates banks that follow a source or list, in seconds; 0 for never."
    )


@dataclass(frozen=True, slots=True)
class Policy:
    """What to do with findings and with what could not be checked."""

    file: str = _setting("", "Path of a policy table; empty for the one that is shipped.")
    on_unreadable: FailMode = _setting("hold", "Decision for content that could not be checked.")
    on_trust_error: FailMode = _setting("hold", "Decision while no bank can be trusted.")


@dataclass(frozen=True, slots=True)
class Service:
    """The HTTP service."""

    host: str = _setting("127.0.0.1", "Address to listen on.")
    port: int = _setting(8470, "TCP port to listen on.", 0, 65_535)
    workers: int = _setting(0, "Worker processes; 0 means one for each core.", 0, 1_024)
    queue: int = _setting(64, "Checks that may wait in one worker before new ones get 429.", 1)
    body_seconds: float = _setting(30.0, "Longest time in seconds for a request's body to arrive.", 0.1)
    hma: bool = _setting(False, "Also answer the routes of the hasher-matcher-actioner (/h, /m, /c).")
    hma_bank: str = _setting(".state/local.bank", "Folder of the one bank, local, that those routes write.")
    match_per_minute: int = _setting(6_000, "Fingerprints that one token may look up in a minute through /v1/match.")
    account_secret_file: str = _setting(
        "", "File with the secret under which accounts are made unrecognisable; empty: accounts are ignored."
    )
    brake_accounts: int = _setting(
        25, "Accounts that one entry may match within brake_hours before it is frozen for a human to look at; 0: any."
    )
    brake_hours: float = _setting(24.0, "Window in hours over which these accounts are counted.", 0.01, 8_760)


@dataclass(frozen=True, slots=True)
class Store:
    """The memory of the service: access tokens now, cases later."""

    url: str = _setting("sqlite:///.state/kindward.db", "Database: an SQLite file or a PostgreSQL server.")
    password_file: str = _setting("", "File that holds the database password, if one is needed.")


@dataclass(frozen=True, slots=True)
class Cases:
    """What humans decide, and what it may cost them."""

    master_key_file: str = _setting(
        "", "File with the key under which evidence is sealed (kindward console init); empty: no cases are opened."
    )
    audit_key_file: str = _setting("", "File with the key that signs the audit log (kindward console init).")
    evidence: str = _setting(".state/evidence", "Folder in which sealed evidence lies.")
    second_person: bool = _setting(True, "Demand two people before anything can be reported.")
    undo_seconds: int = _setting(30, "How long a decision can be undone before it takes effect, in seconds.", 1, 3_600)
    lease_minutes: int = _setting(15, "How long a case stays with who took it, in minutes.", 1, 1_440)
    deadline_hours: int = _setting(72, "How long a case may wait for a decision before it is overdue, in hours.", 1)
    call_hours: int = _setting(24, "How long before its deadline a lead is called, in hours.", 0)
    retention: str = _setting("eu", "Rule by which evidence is destroyed after a decision: eu or us.")
    reviewers: int = _setting(
        0, "People who review; with a number, alarms beyond what they can bear wait. 0: no law.", 0
    )
    items_a_day: int = _setting(40, "Items that one person may open in a day; a severe one counts three times.", 1)
    items_a_week: int = _setting(150, "Items that one person may open in a week.", 1)
    severe: list[str] = _setting([], "Severities of lists, such as ncmec:A1, that count as severe for who must look.")


@dataclass(frozen=True, slots=True)
class Reports:
    """What leaves the house, and to whom."""

    authority: str = _setting("dryrun", "Authority that gets reports: dryrun, ncmec, eu, or one of a plug-in.")
    settings_file: str = _setting("", "TOML file with the settings of the authority and of the provider.")
    secrets_file: str = _setting("", "TOML file with what the authority knows us by, readable only by the service.")
    production: bool = _setting(False, "Send reports to a real centre; needs a confirmation of `kindward doctor` too.")
    try_seconds: float = _setting(5.0, "How often what waits in the outbox is looked for, in seconds.", 0.1)


@dataclass(frozen=True, slots=True)
class Legal:
    """Which law applies."""

    country: str = _setting(
        "", "Country whose law applies, as two letters; in DE nobody opens content without a recorded ground."
    )


@dataclass(frozen=True, slots=True)
class Console:
    """The review console."""

    host: str = _setting("127.0.0.1", "Address to listen on.")
    port: int = _setting(8471, "TCP port to listen on.", 0, 65_535)
    session_hours: float = _setting(10.0, "How long a login lasts at most, in hours.", 0.1, 24)
    idle_minutes: float = _setting(20.0, "After how long without use a login ends, in minutes.", 1, 240)
    secure_cookies: bool = _setting(
        True, "Send the login's cookie over HTTPS only (addresses of this machine excepted)."
    )
    talk_to: str = _setting(
        "", "Whom reviewers can talk to: a name and a number of the employer, shown in the console."
    )
    policy_file: str = _setting("", "Text of the rules for deciding, shown beside each case.")


@dataclass(frozen=True, slots=True)
class Portal:
    """The pages on which people tell something by their own choice."""

    host: str = _setting("127.0.0.1", "Address to listen on.")
    port: int = _setting(8472, "TCP port to listen on.", 0, 65_535)
    an_hour: int = _setting(20, "How much one address may send or look up in an hour.", 1)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one installation."""

    simulate: bool = _setting(True, "Count decisions but block nothing and send nothing.")
    limits: Limits = field(default_factory=Limits)
    matching: Matching = field(default_factory=Matching)
    banks: Banks = field(default_factory=Banks)
    policy: Policy = field(default_factory=Policy)
    service: Service = field(default_factory=Service)
    store: Store = field(default_factory=Store)
    cases: Cases = field(default_factory=Cases)
    reports: Reports = field(default_factory=Reports)
    legal: Legal = field(default_factory=Legal)
    console: Console = field(default_factory=Console)
    portal: Portal = field(default_factory=Portal)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings together with where each of them came from (``default``, a file, or an environment variable)."""

    settings: Settings
    origins: Mapping[str, str]


def describe() -> list[tuple[str, str, object, str]]:
    """List every setting as (dotted name, type, default, meaning), for the reference page and ``kindward config``."""
    rows: list[tuple[str, str, object, str]] = []
    for part in fields(Settings):
        hint = type_hints(Settings)[part.name]
        if is_dataclass(hint):
            hints = type_hints(hint)
            rows += [
                (f"{part.name}.{f.name}", _type_name(hints[f.name]), _default(f), f.metadata["meaning"])
                for f in fields(hint)
            ]
        else:
            rows.append((part.name, _type_name(hint), _default(part), part.metadata["meaning"]))
    return rows


def load(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Loaded:
    """Read the settings of an installation.

    Without ``path``, ``kindward.toml`` in the working directory is read if it exists. Raises: ConfigError for an
    unreadable file, an unknown key (with the nearest known one), or a value of the wrong type or range.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, object] = {}
    origins = {name: "default" for name, *_ in describe()}
    for file in _files(path):
        for name, value in _flatten(_read(file), str(file)).items():
            values[name], origins[name] = value, str(file)
    for variable, text in sorted(environment.items()):
        if variable.startswith("KINDWARD__"):
            name = variable.removeprefix("KINDWARD__").replace("__", ".").lower()
            values[name], origins[name] = _from_text(name, text, variable), variable
    return Loaded(_apply(values, origins), origins)


def _files(path: Path | None) -> list[Path]:
    main = path or Path("kindward.toml")
    if path is not None and not path.is_file():
        raise ConfigError(
            "config_missing",
            "There is no configuration file at {path}.",
            "Check the path given with --config.",
            path=path,
        )
    return [main, *sorted(main.parent.glob("conf.d/*.toml"))] if main.is_file() else []


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise ConfigError(
            "config_unreadable",
            "The configuration file {path} cannot be read: {problem}.",
            "Correct the file; `kindward config` shows what is in force.",
            path=file,
            problem=problem,
        ) from problem


def _flatten(table: Mapping[str, Any], where: str) -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            flat |= {f"{key}.{inner}": held for inner, held in value.items()}
        else:
            flat[key] = value
    for name in flat:
        _require_known(name, where)
    return flat


def _require_known(name: str, where: str) -> None:
    known = [row[0] for row in describe()]
    if name not in known:
        near = difflib.get_close_matches(name, known, 1, 0.5)
        raise ConfigError(
            "config_unknown_key",
            "{where} sets {name}, which is not a setting.",
            "Did you mean {near}?" if near else "`kindward config` lists all settings.",
            where=where,
            name=name,
            near=near[0] if near else "",
        )


def _from_text(name: str, text: str, variable: str) -> object:
    _require_known(name, variable)
    kind = {row[0]: row[1] for row in describe()}[name]
    try:
        match kind:
            case "whole number":
                return int(text)
            case "number":
                return float(text)
            case "yes or no":
                return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[text.lower()]
            case "list of texts":
                return [part for part in text.split(os.pathsep) if part]
            case _:
                return text
    except (ValueError, KeyError) as problem:
        raise _wrong_type(name, variable, kind) from problem


_WRONG_TYPE = {
    "yes or no": N_("{where} gives {name} a value that is neither true nor false."),
    "whole number": N_("{where} gives {name} a value that is not a whole number."),
    "number": N_("{where} gives {name} a value that is not a number."),
    "list of texts": N_("{where} gives {name} a value that is not a list of texts."),
    "text": N_("{where} gives {name} a value that is not a text."),
}


def _wrong_type(name: str, where: str, kind: str) -> ConfigError:
    return ConfigError(
        "config_wrong_type",
        _WRONG_TYPE.get(kind, N_("{where} gives {name} a value that is not one of: {kind}.")),
        "`kindward config` shows every setting with its default.",
        where=where,
        name=name,
        kind=kind.replace(" | ", ", "),
    )


def _apply(values: Mapping[str, object], origins: Mapping[str, str]) -> Settings:
    settings = Settings()
    kinds = {row[0]: row[1] for row in describe()}
    for name, value in values.items():
        kind = kinds[name]
        if not _fits(value, kind):
            raise _wrong_type(name, origins[name], kind)
        outer, _, inner = name.partition(".")
        part: Any = value
        if inner:
            part = getattr(settings, outer)
            _require_in_range(name, value, part, inner, origins[name])
            part = replace(part, **{inner: value})
        settings = replace(settings, **{outer: part})
    _require_no_secret(settings.store.url, origins["store.url"])
    return settings


def _require_in_range(name: str, value: object, part: Any, inner: str, where: str) -> None:  # noqa: ANN401 - any part
    low, high = part.__dataclass_fields__[inner].metadata["range"]
    if isinstance(value, (int, float)) and not isinstance(value, bool) and not low <= value <= high:
        raise ConfigError(
            "config_out_of_range",
            "{where} sets {name} below {low}." if math.isinf(high) else "{where} sets {name} outside {low} to {high}.",
            "Give a value of at least {low}." if math.isinf(high) else "Give a value from {low} to {high}.",
            where=where,
            name=name,
            low=low,
            high=high,
        )


_SECRET_KEYS = frozenset({"password", "passwd", "pwd", "sslpassword"})
"""Words for a password in the query of an address (PostgreSQL, section "Parameter Key Words", and other drivers)."""


def _require_no_secret(url: str, where: str) -> None:
    rest = url.partition("://")[2]
    # A password may hold every character, so all before the last @ counts; a path begins with a slash and has no user.
    user = "" if rest.startswith("/") else rest.rpartition("@")[0]
    keys = [key.lower() for key, _ in urllib.parse.parse_qsl(url.partition("?")[2], keep_blank_values=True)]
    if ":" in user or any(key in _SECRET_KEYS for key in keys):
        raise ConfigError(
            "config_secret",
            "{where} holds a password in store.url.",
            "Write the password into a file that only this user can read, and set store.password_file to its path.",
            where=where,
        )


def require_files(loaded: Loaded) -> None:
    """Require that every file and folder which the settings name is there.

    This is not part of ``load``, because a command that needs no bank must work without one. Raises: ConfigError.
    """
    settings = loaded.settings
    named = (
        ("policy.file", settings.policy.file),
        ("store.password_file", settings.store.password_file),
        ("service.account_secret_file", settings.service.account_secret_file),
        ("cases.master_key_file", settings.cases.master_key_file),
        ("cases.audit_key_file", settings.cases.audit_key_file),
        ("reports.settings_file", settings.reports.settings_file),
        ("reports.secrets_file", settings.reports.secrets_file),
        ("console.policy_file", settings.console.policy_file),
    )
    for name, path in named:
        if path and not os.access(path, os.R_OK):
            raise _missing_file(name, path, loaded.origins[name])
    for path in settings.banks.operator_keys:
        if not os.access(path, os.R_OK):
            raise _missing_file("banks.operator_keys", path, loaded.origins["banks.operator_keys"])
    for path in settings.banks.paths:
        if not Path(path).is_dir():
            raise _missing_file("banks.paths", path, loaded.origins["banks.paths"])


def _missing_file(name: str, path: str, where: str) -> ConfigError:
    return ConfigError(
        "config_file_missing",
        "{where} sets {name} to {path}, which cannot be read.",
        "Create it, correct the path, or give this user the right to read it.",
        where=where,
        name=name,
        path=path,
    )


def _fits(value: object, kind: str) -> bool:
    match kind:
        case "yes or no":
            return isinstance(value, bool)
        case "whole number":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        case "list of texts":
            return isinstance(value, list) and all(isinstance(part, str) for part in value)
        case "text":
            return isinstance(value, str)
        case _:
            return value in kind.split(" | ")


def _type_name(hint: object) -> str:
    if typing.get_origin(hint) is Literal:
        return " | ".join(str(choice) for choice in typing.get_args(hint))
    if typing.get_origin(hint) is list or isinstance(hint, types.GenericAlias):
        return "list of texts"
    names: dict[object, str] = {bool: "yes or no", int: "whole number", float: "number", str: "text"}
    return names[hint]


def _default(setting: Field[Any]) -> object:
    if setting.default_factory is not MISSING:
        return setting.default_factory()
    return setting.default
