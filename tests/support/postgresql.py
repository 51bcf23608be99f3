"""A PostgreSQL server in a folder of its own, for tests and benchmarks."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

HOMES = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), Path("/usr/local/pgsql/bin")]


def reason_against():
    """Say why there can be no server here; nothing if there can."""
    if importlib.util.find_spec("psycopg") is None:
        return "psycopg is not installed (pip install kindward[postgresql])"
    if not any((home / "initdb").is_file() for home in HOMES):
        return "PostgreSQL's programs are not installed (Debian: postgresql)"
    return None


@contextmanager
def server(*, durable=False):
    """Run a server that is reachable only through a socket in its folder; give its address."""
    home = next(home for home in HOMES if (home / "initdb").is_file())
    folder = Path(tempfile.mkdtemp(prefix="kindward-pg-", dir="/tmp"))
    # The server refuses to run as root, so root lends the folder to the account that Debian makes for it.
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)

    def run(program, *arguments):
        command = [str(home / program), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, check=True, user=user, stdout=subprocess.DEVNULL, cwd=folder)

    run("initdb", "--username=kindward", "--auth=trust", "--no-sync")
    safe = "on" if durable else "off"
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync={safe}"
    run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql://kindward@/postgres?host={folder}"
    finally:
        run("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
