"""The program: options before the command, the list of commands, and every way to end."""

from __future__ import annotations

import gettext
import os
import sys
import traceback
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import click

from kindward import __version__
from kindward.cli import exits, streams
from kindward.cli.session import Session
from kindward.cli.translated import Group, Option
from kindward.errors import KindwardError
from kindward.locale import FOLDER, LANGUAGES, N_, _, language

COMMANDS = {
    "check": "kindward.cli.check:check",
    "hash": "kindward.cli.hash:hash_",
    "compare": "kindward.cli.compare:compare",
    "bank": "kindward.cli.bank:bank",
    "budget": "kindward.cli.budget:budget",
    "authority": "kindward.cli.authority:authority",
    "verify": "kindward.cli.verify:verify",
    "serve": "kindward.cli.serve:serve",
    "token": "kindward.cli.token:token",
    "config": "kindward.cli.config:config",
    "doctor": "kindward.cli.doctor:doctor",
    "console": "kindward.cli.console:console",
    "person": "kindward.cli.person:person",
    "audit": "kindward.cli.audit:audit",
    "outbox": "kindward.cli.outbox:outbox",
    "transparency": "kindward.cli.transparency:transparency",
    "sandbox": "kindward.cli.sandbox:sandbox",
    "help": "kindward.cli.help:help_",
}


def _show_version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        print(f"kindward {__version__}")
        ctx.exit()


@click.group(
    "kindward",
    cls=Group,
    homes=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=N_(
        "Look a picture up in lists of known child-abuse material before it is sent.\n\n"
        "The main job:\n\n"
        "\b\n"
        "  kindward bank build known --from list.txt    make a bank from a list of fingerprints\n"
        "  kindward check photo.jpg --bank known        look a picture up in it\n\n"
        "Nothing is blocked and nothing is sent: decisions are simulated until the configuration says otherwise."
    ),
    epilog=N_(
        "Exit status: 0 nothing found, 1 found (also in simulation), 64 wrong usage, 65 content that could not be "
        "checked, 69 a neighbour did not answer, 70 a fault in kindward, 74 output that could not be written, 75 not "
        "possible in the present state, 77 a bank that cannot be trusted, 78 wrong configuration, 130 interrupted. "
        "Of several inputs the gravest error counts (70, 78, 77, 75, 69, 65), else 1 if any matched, else 0."
    ),
)
@click.option(
    "--config",
    "config",
    cls=Option,
    metavar="FILE",
    help=N_("Read this configuration instead of kindward.toml in the working directory."),
)
@click.option(
    "--language",
    cls=Option,
    type=click.Choice(LANGUAGES),
    help=N_("Language of everything a person reads; by default that of the environment."),
)
@click.option("--debug", cls=Option, is_flag=True, help=N_("Show where in the program an error arose."))
@click.option(
    "--version",
    cls=Option,
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help=N_("Show the version and exit."),
)
@click.pass_context
def program(ctx: click.Context, config: str | None, language: str | None, debug: bool) -> None:
    """Hold the options before the command."""
    del language  # chosen by run() before click reads the rest, so that wrong usage is explained in it too
    session = ctx.ensure_object(Session)
    session.config = Path(config) if config is not None else None
    session.debug = debug


def run(arguments: Sequence[str]) -> int:
    """Run one command line and give its exit status; every error ends here.

    An unexpected error is told by its type only, because its text could hold content; ``--debug`` shows the rest.
    """
    streams.prepare()
    _speak(arguments)
    session = Session(debug="--debug" in arguments)
    try:
        status = _invoke(arguments, session)
        sys.stdout.flush()
    except BrokenPipeError:
        streams.abandon_stdout()
        return exits.READER_GONE
    except (KeyboardInterrupt, click.Abort):
        return exits.INTERRUPTED
    except click.ClickException as problem:
        problem.show()
        return exits.USAGE
    except Exception as problem:  # noqa: BLE001 - the last wall before the user
        return _explain(problem, session)
    return status


def _explain(problem: Exception, session: Session) -> int:
    if session.debug:
        traceback.print_exception(problem)
    if isinstance(problem, KindwardError):
        streams.tell(problem)
        return problem.exit_status
    failure = streams.unwritten() if isinstance(problem, OSError) else None
    if failure is not None:
        streams.say(_("The output cannot be written: {problem}.").format(problem=failure.strerror))
        streams.abandon_stdout()
        return exits.OUTPUT_FAILED
    streams.say(_("kindward failed by a fault of its own ({kind}).").format(kind=type(problem).__name__))
    streams.say(_("Please run it again with --debug before the command and report what it prints."))
    return exits.INTERNAL


def _invoke(arguments: Sequence[str], session: Session) -> int:
    if "_KINDWARD_COMPLETE" in os.environ:
        program.main(list(arguments), "kindward")
    try:
        with program.make_context("kindward", list(arguments), obj=session) as context:
            return int(program.invoke(context) or 0)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code


def _speak(arguments: Sequence[str]) -> None:
    """Choose the language before anything is said in it, for our own texts and for click's."""
    for word, following in zip_longest(arguments, arguments[1:]):
        chosen = following if word == "--language" else word.removeprefix("--language=")
        if word.startswith("--language") and chosen in LANGUAGES:
            os.environ["KINDWARD_LANGUAGE"] = chosen
    os.environ["LANGUAGE"] = language()
    gettext.bindtextdomain("kindward", FOLDER)
    gettext.textdomain("kindward")
