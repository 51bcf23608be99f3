"""May reports leave this machine? Only after a setting, a file of secrets and a word of the operator.

A stand-in on this machine and a dry run need none of it. For a real centre three things must come together, so that
nobody sends anything by an oversight: ``reports.production``, a file of secrets, and a confirmation that names the very
settings in force, which ``kindward doctor --confirm-production`` writes after its checks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from kindward.config import Reports
from kindward.errors import ConfigError
from kindward.locale import N_
from kindward.reports.settings import stays_here

SUFFIX = ".confirmed"
HERE = frozenset({"", "sandbox"})
"""Environments of an authority that stay on this machine."""
ENVIRONMENT, URL = "environment", "url"
NOWHERE = "dryrun"


def leaves(reports: Reports, chosen: Mapping[str, str]) -> bool:
    """Say whether reports would leave this machine; of an authority that does not say where they go, they would."""
    if reports.authority == NOWHERE:
        return False
    return chosen.get(ENVIRONMENT, "") not in HERE or not stays_here(chosen.get(URL, ""))


def allowed(reports: Reports, chosen: Mapping[str, str], secrets: Mapping[str, str]) -> None:
    """Make sure that reports may go where the settings send them. Raises: ConfigError ``production_not_allowed``."""
    if not leaves(reports, chosen):
        return
    if not reports.production:
        raise _refused(N_("reports.production is not true"))
    if not reports.secrets_file or not secrets:
        raise _refused(N_("there is no file of secrets"))
    if confirmed(reports) != digest_of(reports):
        raise _refused(N_("nobody has confirmed these settings"))


def digest_of(reports: Reports) -> str:
    """Give what a confirmation names: the digest of the settings in force. Raises: ConfigError."""
    try:
        told = Path(reports.settings_file).read_bytes() if reports.settings_file else b""
    except OSError:
        raise _refused(N_("the file of settings cannot be read")) from None
    return hashlib.sha256(reports.authority.encode() + b"\n" + told).hexdigest()


def confirmed(reports: Reports) -> str:
    """Give the digest that was confirmed; empty if none was."""
    try:
        record = json.loads(_file(reports).read_bytes())
    except (OSError, ValueError):
        return ""
    digest = record.get("digest") if isinstance(record, dict) else None
    return digest if isinstance(digest, str) else ""


def confirm(reports: Reports, now: int) -> Path:
    """Write that an operator has confirmed the settings in force; give the file. Raises: ConfigError."""
    file = _file(reports)
    at = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = json.dumps({"authority": reports.authority, "digest": digest_of(reports), "at": at})
    beside = file.with_name(f".{file.name}.new")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(file)
    except OSError:
        raise _refused(N_("the confirmation cannot be written beside the settings")) from None
    return file


def _file(reports: Reports) -> Path:
    return Path(f"{reports.settings_file or 'reports'}{SUFFIX}")


def _refused(why: str) -> ConfigError:
    return ConfigError(
        "production_not_allowed",
        N_("Reports may not leave this machine: {why}."),
        N_("Try with the sandbox first; then set reports.production and run `kindward doctor --confirm-production`."),
        why=why,
    )
