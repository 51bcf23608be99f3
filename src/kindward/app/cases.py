"""Put together what decides: vault, desk, reports and their delivery, from the settings of one installation."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kindward.cases import Rules
from kindward.cases.capacity import Capacity
from kindward.cases.exposure import Budget
from kindward.cases.retention import rule
from kindward.config import Settings
from kindward.desk import Desk
from kindward.desk.composing import Composer
from kindward.desk.delivering import Delivery
from kindward.desk.permission import allowed
from kindward.desk.reading import Reading
from kindward.errors import ConfigError
from kindward.evidence import FileKey, Vault
from kindward.locale import N_
from kindward.reports import Authority, find
from kindward.reports.building import read_provider
from kindward.reports.dryrun import AUTHORITY as DRYRUN
from kindward.store import Store
from kindward.store.signing import read_audit_key, sign_if_due

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from kindward.banks.sources import Transport

HOUR, MINUTE = 3_600, 60
WRITTEN = "written"
"""Folder beside the evidence in which a dry run writes what would be sent."""
PROVIDER = "provider"


def now() -> int:
    """Give the time in whole seconds since 1970."""
    return int(time.time())


@dataclass(frozen=True, slots=True)
class Office:
    """Everything that decides in one installation."""

    store: Store
    vault: Vault
    desk: Desk
    composer: Composer
    settings: Settings

    def sign_if_due(self) -> bool:
        """Sign the audit log if it grew and the last signature is an hour old; say whether it was signed."""
        if not self.settings.cases.audit_key_file:
            return False
        return sign_if_due(self.store, read_audit_key(Path(self.settings.cases.audit_key_file)), now(), HOUR)

    @contextmanager
    def delivery(self) -> Iterator[Delivery]:
        """Open the way out for reports until the block ends; for one thread."""
        with _transport(self.settings) as transport:
            yield Delivery(self.composer, transport, simulate=self.settings.simulate)


def open_office(settings: Settings, store: Store, *, clock: Callable[[], int] = now) -> Office:
    """Open vault, desk and reports. Raises: ConfigError if a setting or a file is wrong."""
    if not settings.cases.master_key_file:
        raise ConfigError(
            "cases_off",
            N_("No cases are kept here, because cases.master_key_file is not set."),
            N_("Run `kindward console init`, which makes a key and says what to set."),
        )
    vault = Vault(Path(settings.cases.evidence), FileKey(Path(settings.cases.master_key_file)))
    told = _table(settings.reports.settings_file)
    provider, basis = read_provider(told.get(PROVIDER, {"name": "", "email": "", "service": "other"}))
    composer = Composer(open_authority(settings), provider, basis, vault, store, clock)
    desk = Desk(
        store,
        vault,
        clock=clock,
        rules=_rules(settings),
        budget=_budget(settings),
        capacity=_capacity(settings),
        severe=settings.cases.severe,
        composer=composer,
        retention=rule(settings.cases.retention),
    )
    return Office(store, vault, desk, composer, settings)


def open_console(settings: Settings, store: Store, *, clock: Callable[[], int] = now) -> Starlette:
    """Build the review console. Raises: ConfigError."""
    from kindward.service.console.application import create
    from kindward.service.console.gate import Gate
    from kindward.service.console.pages import Pages
    from kindward.service.console.rendering import Renderer
    from kindward.service.log import Log

    office = open_office(settings, store, clock=clock)
    renderer = Renderer(settings)
    pages = Pages(
        settings,
        store=store,
        desk=office.desk,
        reading=Reading(store, office.vault, _budget(settings), clock),
        renderer=renderer,
        clock=clock,
        policy=_text(settings.console.policy_file),
        composer=office.composer,
    )
    gate = Gate(store, settings, FileKey(Path(settings.cases.master_key_file)), clock)
    return create(gate, renderer, pages, Log())


def open_portal(settings: Settings, store: Store, *, clock: Callable[[], int] = now) -> Starlette:
    """Build the pages on which people tell something. Raises: ConfigError."""
    from kindward.service.log import Log
    from kindward.service.portal.application import Portal, create
    from kindward.service.portal.slowing import Slowing

    office = open_office(settings, store, clock=clock)
    slowing = Slowing(settings.portal.an_hour, clock)
    country = settings.legal.country or "DE"
    return create(Portal(store, office.desk, country=country, slowing=slowing, log=Log(), clock=clock))


def open_authority(settings: Settings) -> Authority:
    """Open the authority that gets reports. Raises: ConfigError."""
    name, chosen = settings.reports.authority, chosen_of(settings)
    secrets = _texts(_table(settings.reports.secrets_file).get(name, {}), settings.reports.secrets_file)
    allowed(settings.reports, chosen, secrets)
    if settings.reports.production and "production" not in chosen and name != DRYRUN:
        chosen = {**chosen, "production": "true"}
    return find(name)(chosen, secrets)


def chosen_of(settings: Settings) -> dict[str, str]:
    """Give the settings of the authority that gets reports. Raises: ConfigError."""
    table = _table(settings.reports.settings_file).get(settings.reports.authority, {})
    return _texts(table, settings.reports.settings_file)


@contextmanager
def _transport(settings: Settings) -> Iterator[Transport]:
    from kindward.transport import HttpTransport
    from kindward.transport.writing import WritingFolder

    if settings.reports.authority == DRYRUN:
        yield WritingFolder(Path(settings.cases.evidence).parent / WRITTEN)
        return
    with HttpTransport() as transport:
        yield transport


def _rules(settings: Settings) -> Rules:
    cases = settings.cases
    return Rules(
        second_person=cases.second_person,
        undo_seconds=cases.undo_seconds,
        lease_seconds=cases.lease_minutes * MINUTE,
        deadline_seconds=cases.deadline_hours * HOUR,
        escalate_seconds=cases.call_hours * HOUR,
    )


def _budget(settings: Settings) -> Budget:
    return Budget(day=settings.cases.items_a_day, week=settings.cases.items_a_week)


def _text(path: str) -> str:
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(
            "policy_text_unreadable",
            N_("The rules for deciding in {path} cannot be read."),
            N_("Check console.policy_file."),
            path=path,
        ) from problem


def _capacity(settings: Settings) -> Capacity | None:
    cases = settings.cases
    return Capacity(cases.reviewers, cases.items_a_day) if cases.reviewers else None


def _table(path: str) -> Mapping[str, Any]:
    if not path:
        return {}
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise ConfigError(
            "reports_settings_unreadable",
            N_("The file {path} with the settings of reports cannot be read."),
            N_("Check reports.settings_file and reports.secrets_file; both are TOML."),
            path=path,
        ) from problem


def _texts(table: Mapping[str, Any], path: str) -> dict[str, str]:
    """Write the values of a table as the texts that authorities take. Raises: ConfigError."""
    if not isinstance(table, dict) or not all(isinstance(value, str | int | bool) for value in table.values()):
        raise ConfigError(
            "reports_settings_wrong",
            N_("The file {path} gives an authority something that is neither a text nor a number."),
            N_("Give each setting of the authority as a text, a number, true or false."),
            path=path,
        )
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in table.items()}


def serve_console(settings: Settings, store: Store, say: Callable[[str], None]) -> None:
    """Serve the console until stopped. Raises: ConfigError."""
    _serve(open_console(settings, store), settings.console.host, settings.console.port, say)


def serve_portal(settings: Settings, store: Store, say: Callable[[str], None]) -> None:
    """Serve the pages for telling something until stopped. Raises: ConfigError."""
    _serve(open_portal(settings, store), settings.portal.host, settings.portal.port, say)


def _serve(application: Starlette, host: str, port: int, say: Callable[[str], None]) -> None:
    import socket

    import uvicorn

    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    listener = socket.create_server((host, port), family=family)
    say(f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}")
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        lifespan="off",
    )
    uvicorn.Server(config).run(sockets=[listener])
