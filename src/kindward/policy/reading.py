"""Read a policy table and refuse one that leaves anything open."""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, NoReturn

from kindward.errors import ConfigError
from kindward.locale import N_
from kindward.model import NOTES, Decision, Trust
from kindward.policy.table import FARTHEST, SIGNALS, Policy, Row, Threshold, idle_row, open_cell
from kindward.signals.picture import refusal

_KEYS = ("name", "date", "otherwise", "row", "notes", "threshold")
_TEXTS = ("severity", "bank", "source")
_ROW_KEYS = ("signal", "trust", "distance", *_TEXTS, "decision")
_THRESHOLD_MOST = {"distinct": 1_000, "epoch_days": 400, "burst_seconds": 86_400}
_THRESHOLD_LEAST = {"distinct": 1, "epoch_days": 1, "burst_seconds": 0}
_EXEMPT = tuple(f"{signal} {trust}" for signal in SIGNALS for trust in Trust)
_REQUIRED = ("signal", "trust", "distance", "decision")
_NOTES = (*NOTES, *refusal.BY_CODE)
_DECISIONS = tuple(str(decision) for decision in Decision)


def load_policy(path: Path | None = None) -> Policy:
    """Read a policy table, by default the one that is shipped.

    Raises: ConfigError for an unreadable file, an unknown key or value (with the nearest known one), a row that can
    never apply, or a kind of match about which the table says nothing.
    """
    where = "policy/default.toml" if path is None else str(path)
    try:
        text = (path or resources.files("kindward.policy") / "default.toml").read_bytes()
        table = tomllib.loads(text.decode("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise ConfigError(
            "policy_unreadable",
            "The policy {path} cannot be read: {problem}.",
            "Correct the file, or leave policy.file empty for the table that is shipped.",
            path=where,
            problem=problem,
        ) from problem
    return _policy(table, hashlib.sha256(text).hexdigest()[:12], where)


def _policy(table: Mapping[str, Any], digest: str, where: str) -> Policy:
    _require_known(table, _KEYS, where)
    otherwise = table.get("otherwise")
    rows = tuple(_row(row, f"{where}, row {number}") for number, row in enumerate(_rows(table, where), 1))
    notes = _table(table, "notes", where)
    _require_known(notes, _NOTES, f"{where}, [notes]")
    policy = Policy(
        version=_version(table, digest, where),
        rows=rows,
        otherwise=None if otherwise is None else Decision(_one_of(otherwise, _DECISIONS, "otherwise", where)),
        notes={
            code: Decision(_one_of(decision, _DECISIONS, f"notes.{code}", where)) for code, decision in notes.items()
        },
        threshold=_threshold(_table(table, "threshold", where), f"{where}, [threshold]"),
    )
    _require_total(policy, where)
    return policy


def _version(table: Mapping[str, Any], digest: str, where: str) -> str:
    name, date = table.get("name"), table.get("date")
    if not isinstance(name, str) or not name or not isinstance(date, dt.date):
        _refuse(
            "policy_unnamed",
            N_("{where} must give its name (a text) and its date (such as 2026-11-23)."),
            N_("Every verdict names the table that made it."),
            where=where,
        )
    return f"{name}/{date}.{digest}"


def _rows(table: Mapping[str, Any], where: str) -> list[Mapping[str, Any]]:
    rows = table.get("row", [])
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        _wrong_type("row", "[[row]]", where)
    return rows


def _table(table: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    inner = table.get(name, {})
    if not isinstance(inner, Mapping):
        _wrong_type(name, f"[{name}]", where)
    return inner


def _threshold(given: Mapping[str, Any], where: str) -> Threshold:
    _require_known(given, (*_THRESHOLD_MOST, "exempt"), where)
    numbers = {key: _whole(given[key], key, where) for key in _THRESHOLD_MOST if key in given}
    exempt = given.get("exempt", [])
    if not isinstance(exempt, list):
        _wrong_type("exempt", N_("a list of texts"), where)
    named = [_one_of(each, _EXEMPT, "exempt", where).split() for each in exempt]
    return Threshold(**numbers, exempt=frozenset((signal, Trust(trust)) for signal, trust in named))


def _whole(given: object, key: str, where: str) -> int:
    if type(given) is not int:
        _wrong_type(key, N_("a whole number"), where)
    if not _THRESHOLD_LEAST[key] <= given <= _THRESHOLD_MOST[key]:
        _refuse(
            "policy_threshold_out_of_range",
            N_("{where} gives {key} the value {value}; possible are {low} to {high}."),
            N_("`kindward budget` computes a threshold."),
            where=where,
            key=key,
            value=given,
            low=_THRESHOLD_LEAST[key],
            high=_THRESHOLD_MOST[key],
        )
    return given


def _row(row: Mapping[str, Any], where: str) -> Row:
    _require_known(row, _ROW_KEYS, where)
    for key in _REQUIRED:
        if key not in row:
            _refuse(
                "policy_key_missing",
                N_("{where} does not give {key}."),
                N_("A row needs signal, trust, distance and decision."),
                where=where,
                key=key,
            )
    signal = _one_of(row["signal"], SIGNALS, "signal", where)
    nearest, farthest = _distances(row["distance"], FARTHEST[signal], where)
    for key in _TEXTS:
        if not isinstance(row.get(key, ""), str):
            _wrong_type(key, N_("a text"), where)
    return Row(
        signal=signal,
        trust=Trust(_one_of(row["trust"], tuple(str(trust) for trust in Trust), "trust", where)),
        nearest=nearest,
        farthest=farthest,
        decision=Decision(_one_of(row["decision"], _DECISIONS, "decision", where)),
        severity=row.get("severity", ""),
        bank=row.get("bank", ""),
        source=row.get("source", ""),
    )


def _distances(given: object, farthest: int, where: str) -> tuple[int, int]:
    ends = [given, given] if isinstance(given, int) else given
    if not (isinstance(ends, list) and len(ends) == 2 and all(type(end) is int for end in ends)):  # noqa: PLR2004 - both ends
        _wrong_type("distance", N_("a number or [nearest, farthest]"), where)
    first, last = ends
    if not 0 <= first <= last <= farthest:
        _refuse(
            "policy_out_of_range",
            N_("{where} gives the distance {first} to {last}; possible are 0 to {farthest}."),
            N_("Digests match at 0 only, PDQ at 0 to 31."),
            where=where,
            first=first,
            last=last,
            farthest=farthest,
        )
    return first, last


def _require_total(policy: Policy, where: str) -> None:
    idle = idle_row(policy.rows)
    if idle is not None:
        _refuse(
            "policy_row_idle",
            N_("{where}, row {row} can never apply, because rows above it cover everything it speaks about."),
            N_("The first row that fits decides; move the row up or remove it."),
            where=where,
            row=idle + 1,
        )
    cell = open_cell(policy.rows)
    if cell and policy.otherwise is None:
        signal, trust, distance = cell
        _refuse(
            "policy_not_total",
            N_("{where} does not say what a match of {signal} with an {trust} bank at distance {distance} leads to."),
            N_("Add a row, or give `otherwise`."),
            where=where,
            signal=signal,
            trust=str(trust),
            distance=distance,
        )


def _require_known(given: Iterable[str], known: tuple[str, ...], where: str) -> None:
    for key in given:
        if key not in known:
            _unknown("policy_unknown_key", N_("{where} has {name}, which means nothing there."), key, known, where)


def _one_of(given: object, known: tuple[str, ...], key: str, where: str) -> str:
    if not isinstance(given, str) or given not in known:
        _unknown(
            "policy_unknown_value",
            N_("{where} gives {key} the value {name}, which it cannot have."),
            str(given),
            known,
            where,
            key=key,
        )
    return given


def _unknown(code: str, template: str, name: str, known: tuple[str, ...], where: str, **facts: object) -> NoReturn:
    near = difflib.get_close_matches(name, known, 1, 0.5)
    _refuse(
        code,
        template,
        N_("Did you mean {near}?") if near else N_("Possible are {known}."),
        where=where,
        name=name,
        near=near[0] if near else "",
        known=", ".join(known),
        **facts,
    )


def _wrong_type(key: str, kind: str, where: str) -> NoReturn:
    _refuse(
        "policy_wrong_type",
        N_("{where} gives {key} a value that is not {kind}."),
        N_("The table that is shipped shows every key."),
        where=where,
        key=key,
        kind=kind,
    )


def _refuse(code: str, template: str, hint: str, **facts: object) -> NoReturn:
    raise ConfigError(code, template, hint, **facts)
