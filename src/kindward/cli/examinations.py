"""What ``kindward doctor`` looks at; each examination stands alone, so that one failure does not hide another."""

from __future__ import annotations

import io
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kindward import __version__
from kindward.cli.examinations_cases import cases, help_
from kindward.cli.finding import Finding, State, fine
from kindward.errors import ConfigError, KindwardError, StateError
from kindward.locale import LANGUAGES, language, translate

if TYPE_CHECKING:
    from kindward.config import Settings

FREE_DISK = 1024**3
"""Bytes under which a build of a large bank or a database may fail (10 million entries take 1.3 GB)."""
_WRITTEN = ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "AVIF")
"""Formats that this installation can write as well as read, so that it can try them on itself."""


Examination = Callable[["Settings"], Iterator[Finding]]


def carefully(examine: Examination, settings: Settings) -> Iterator[Finding]:
    """Run one examination; an error of its own is a finding, never the end of the others."""
    part = examine.__name__.rstrip("_")
    try:
        yield from examine(settings)
    except KindwardError as error:
        yield Finding(part, State.FAIL, error)
    except Exception as problem:  # noqa: BLE001 - a doctor must get to the end
        yield Finding(
            part,
            State.FAIL,
            KindwardError(
                "examination_failed",
                "The examination itself failed ({kind}).",
                "The installation may be incomplete; install kindward again.",
                kind=type(problem).__name__,
            ),
        )


def kernel(_settings: Settings) -> Iterator[Finding]:
    """Compare every machine path with the plain slow oracle on a small noisy picture."""
    import numpy as np

    from kindward.kernel import index, pdq
    from kindward.kernel.reference import index as plain_index
    from kindward.kernel.reference import pdq as plain_pdq

    noise = np.random.default_rng(26).integers(0, 256, (96, 131, 3), dtype=np.uint8)
    picture = np.add.accumulate(noise.astype(np.uint32), axis=1).astype(np.uint32) // np.arange(1, 132)[:, None]
    pixels = picture.astype(np.uint8)
    expected = plain_pdq.hash_pixels(pixels)[0]
    wrong = [name for name in pdq.machines() if pdq.hash_pixels(pixels, machine=name).views != expected]
    hashes = np.random.default_rng(11).integers(0, 256, (500, 32), dtype=np.uint8)
    query = hashes[77].tobytes()
    near = plain_index.search(hashes, query, 110, 500)
    wrong += [f"index {name}" for name in index.machines() if index.scan(hashes, query, 110, 500, machine=name) != near]
    if wrong:
        yield Finding(
            "kernel",
            State.FAIL,
            KindwardError(
                "kernel_wrong",
                "These machine paths differ from the oracle: {paths}.",
                "Do not use this build on this machine; install kindward again, or report this processor.",
                paths=", ".join(wrong),
            ),
        )
    else:
        yield fine(
            "kernel",
            "Machine path {path} in use; {paths} agree with the oracle.",
            path=pdq.chosen_machine(),
            paths=", ".join(pdq.machines()),
        )


def banks(settings: Settings) -> Iterator[Finding]:
    """Open every configured bank, which lets it prove itself with its canaries."""
    from kindward.banks import Bank

    if not settings.banks.paths:
        yield Finding(
            "banks",
            State.WARN,
            ConfigError(
                "no_bank_configured",
                "No bank is configured, so nothing would be found.",
                "Set banks.paths, or name banks with --bank.",
            ),
        )
    for path in settings.banks.paths:
        try:
            bank = Bank.open(Path(path))
        except KindwardError as error:
            yield Finding("banks", State.FAIL, error)
        else:
            entries = sum(bank.counts().values())
            yield fine(
                "banks",
                "{name}: proven, {entries} entries, version {version}."
                if bank.verified
                else "{name}: proven by sample, {entries} entries, version {version}.",
                name=bank.name,
                entries=entries,
                version=bank.version,
            )
            bank.close()


def decoding(settings: Settings) -> Iterator[Finding]:
    """Send a small picture of every format that can also be written through a decoding process."""
    from PIL import Image

    from kindward.cli.hash import options_of
    from kindward.isolation import DecoderPool

    drawn = Image.linear_gradient("L").resize((120, 90)).convert("RGB")
    started = time.monotonic()
    with DecoderPool(settings.limits, workers=1) as pool:
        for kind in _WRITTEN:
            written = io.BytesIO()
            drawn.save(written, kind)
            pool.fingerprint(written.getvalue(), options_of(settings, exact=True, views=False))
    took = round(1000 * (time.monotonic() - started))
    yield fine(
        "decoding",
        "Pictures are decoded in a process of their own; {formats} took {took} ms. HEIC was not tried.",
        formats=", ".join(_WRITTEN),
        took=took,
    )


def database(settings: Settings) -> Iterator[Finding]:
    """Ask the database one question, without creating it."""
    url = settings.store.url
    file = url.removeprefix("sqlite:///")
    if file != url and not Path(file).exists():
        yield fine("database", "There is no database yet; the first token makes it at {file}.", file=file)
        return
    from kindward.store import Store
    from kindward.store.migrate import at, newest

    with Store.open(settings.store, upgrade=False) as store, store.read() as connection:
        current = at(connection) == newest()
    if current:
        yield fine("database", "The database answers and its tables are up to date.")
    else:
        yield Finding(
            "database",
            State.WARN,
            StateError(
                "store_outdated",
                "The tables of the database are those of another version.",
                "The next start of the service brings them up to date.",
            ),
        )


def clock(_settings: Settings) -> Iterator[Finding]:
    """Compare the clock with the release date and with the monotonic clock.

    A clock before the release is wrong for certain; one that jumps spoils every record's time.
    """
    year, month = (int(part) for part in __version__.split(".")[:2])
    released = time.mktime((2000 + year, month, 1, 0, 0, 0, 0, 0, -1))
    began, began_steady = time.time(), time.monotonic()
    time.sleep(0.05)
    drift = abs((time.time() - began) - (time.monotonic() - began_steady))
    if began < released:
        yield Finding(
            "clock",
            State.FAIL,
            StateError(
                "clock_behind",
                "The clock stands before the release of this version ({version}).",
                "Set the clock; time synchronisation (NTP) keeps it right.",
                version=__version__,
            ),
        )
    elif drift > 0.5:  # noqa: PLR2004 - half a second in a twentieth is a jump
        yield Finding(
            "clock",
            State.WARN,
            StateError("clock_jumps", "The clock jumped while it was watched.", "Check the time synchronisation."),
        )
    else:
        yield fine("clock", "The clock is plausible: {now} UTC.", now=time.strftime("%Y-%m-%d %H:%M", time.gmtime()))


def sources(_settings: Settings) -> Iterator[Finding]:
    """Name the sources that a bank could follow; an installed one does nothing before a subscription names it."""
    from kindward.banks.sources.discovery import BUILT_IN, offered

    names = offered()
    foreign = [name for name in names if name not in BUILT_IN]
    if foreign:
        yield fine(
            "sources",
            "A bank can follow: {names}. Installed by others, used only where a subscription says so: {foreign}.",
            names=", ".join(names),
            foreign=", ".join(foreign),
        )
    else:
        yield fine("sources", "A bank can follow: {names}.", names=", ".join(names))


def following(settings: Settings) -> Iterator[Finding]:
    """Look where the configured banks stand that follow something: what failed last, and what has run out."""
    from datetime import UTC, datetime

    from kindward.subscription.record import is_subscribed
    from kindward.subscription.standing import standing

    for path in filter(is_subscribed, map(Path, settings.banks.paths)):
        stands = standing(path)
        if stands.failure is not None:
            yield Finding("following", State.WARN, stands.failure)
        elif stands.is_stale(datetime.now(UTC)):
            yield Finding(
                "following",
                State.WARN,
                StateError(
                    "list_stale",
                    "The signature of the list that {path} follows has run out.",
                    "Run `kindward bank update`; if its authorities sign no more, ask them why.",
                    path=path,
                ),
            )
        else:
            yield fine("following", "{path} is up to date since {at} UTC.", path=path, at=stands.updated)


def language_(_settings: Settings) -> Iterator[Finding]:
    """Say which language is spoken, and whether names outside ASCII can be written."""
    encoding = (sys.stdout.encoding or "ascii").lower()
    complete = all(translate("pass", each) for each in LANGUAGES)
    if encoding.replace("-", "") != "utf8" or not complete:
        yield Finding(
            "language",
            State.WARN,
            ConfigError(
                "encoding_narrow",
                "Output is written as {encoding}; some names will be shown with question marks.",
                "Use a UTF-8 locale such as C.UTF-8.",
                encoding=encoding,
            ),
        )
    else:
        yield fine("language", "Language {language}, output in UTF-8.", language=language())


def space(settings: Settings) -> Iterator[Finding]:
    """Compare free disk and memory with what the settings may need."""
    free = shutil.disk_usage(Path.cwd()).free
    available = _available_memory()
    needed = settings.limits.memory
    if free < FREE_DISK:
        yield Finding(
            "space",
            State.WARN,
            StateError(
                "disk_low",
                "Only {free} MB are free on this disk.",
                "Make room before building banks.",
                free=free // 1_000_000,
            ),
        )
    if available is not None and available < needed:
        yield Finding(
            "space",
            State.WARN,
            StateError(
                "memory_low",
                "{available} MB of memory are available, less than one decoding process may take ({needed} MB).",
                "Lower limits.memory or add memory.",
                available=available // 1_000_000,
                needed=needed // 1_000_000,
            ),
        )
    if free >= FREE_DISK and (available is None or available >= needed):
        yield fine(
            "space",
            "{free} GB of disk and {memory} GB of memory are free.",
            free=free // 10**9,
            memory=(available or 0) // 10**9,
        )


def _available_memory() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


ALL: tuple[Examination, ...] = (
    kernel,
    banks,
    sources,
    following,
    decoding,
    database,
    cases,
    help_,
    clock,
    language_,
    space,
)
