"""What the program says about itself: settings, commands, error codes, HTTP routes, metrics.

Nothing here knows Sphinx, so that the tests can ask the same questions as the pages.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import click

import kindward
from kindward import errors

SOURCE = Path(kindward.__file__).parent
KINDS = {
    kind.__name__: kind
    for kind in (errors.ConfigError, errors.ContentError, errors.TrustError, errors.StateError, errors.RemoteError)
}
Tables = dict[str, ast.expr]
REFUSAL = "Refusal"
"""The service's own errors, each with its own HTTP status."""


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One error that the program can give; ``status`` is set where it is not that of its kind."""

    code: str
    kind: str
    sentences: tuple[str, ...]
    hints: tuple[str, ...]
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric with its kind, its labels and what it says."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str


@dataclass(frozen=True, slots=True)
class Command:
    """One command with its full name, such as ``kindward bank build``."""

    name: str
    command: click.Command
    context: click.Context

    @property
    def options(self) -> list[click.Parameter]:
        """Give arguments and options in their order, without the hidden ones."""
        return [p for p in self.command.get_params(self.context) if not getattr(p, "hidden", False)]


@cache
def error_codes() -> tuple[ErrorCode, ...]:
    """Collect every ``SomeError("code", "sentence", "hint")`` in the source, by code."""
    found: dict[tuple[str, str], ErrorCode] = {}
    for file in sorted(SOURCE.rglob("*.py")):
        for error in raised(ast.parse(file.read_text(encoding="utf-8"))):
            known = found.get((error.kind, error.code), error)
            sentences = tuple(dict.fromkeys((*known.sentences, *error.sentences)))
            hints = tuple(dict.fromkeys((*known.hints, *error.hints)))
            found[error.kind, error.code] = replace(known, sentences=sentences, hints=hints)
    return tuple(error for _, error in sorted(found.items()))


def raised(tree: ast.Module) -> Iterator[ErrorCode]:
    """Find the errors that one module makes."""
    tables = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    forwarders = _forwarders(tree, tables)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        kind, hints = forwarders.get(_name(node.func), (_name(node.func), ()))
        if kind in {*KINDS, REFUSAL}:
            for arguments in _unpacked(node.args, tables):
                for error in _codes(kind, arguments, _status(node), tables):
                    yield replace(error, hints=hints or error.hints)


def _forwarders(tree: ast.Module, tables: Tables) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Find functions that make an error of the code they are handed, as name → (kind of error, their own hints)."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    makers = [function for function in functions if [one.arg for one in function.args.args[:2]] == ["code", "template"]]
    for _ in makers:  # once for each, because one may hand on to another
        for maker in makers:
            for node in ast.walk(maker):
                if isinstance(node, ast.Call) and node.args and _name(node.args[0]) == "code":
                    kind, hints = found.get(_name(node.func), (_name(node.func), ()))
                    if kind in {*KINDS, REFUSAL}:
                        found[maker.name] = kind, hints or (_texts(node.args[2], tables) if node.args[2:] else ())
    return found


def _unpacked(arguments: list[ast.expr], tables: Tables) -> Iterator[list[ast.expr]]:
    """Give the arguments as they stand; ``*TABLE[…]`` and ``code, TABLE[code]`` become every row of the table."""
    match arguments:
        case [ast.Starred(value=ast.Subscript(value=ast.Name(id=name)))]:
            yield from (row.elts for row in _table(name, tables).values if isinstance(row, ast.Tuple))
        case [ast.Name(id=code), ast.Subscript(value=ast.Name(id=name), slice=ast.Name(id=key)), *more] if code == key:
            table = _table(name, tables)
            yield from (
                [code, sentence, *more] for code, sentence in zip(table.keys, table.values, strict=True) if code
            )
        case _:
            yield arguments


def _table(name: str, tables: Tables) -> ast.Dict:
    table = tables.get(name)
    return table if isinstance(table, ast.Dict) else ast.Dict([], [])


def _codes(kind: str, arguments: list[ast.expr], status: int | None, tables: Tables) -> Iterator[ErrorCode]:
    codes, sentences, hints = (_texts(each, tables) for each in [*arguments, ast.Constant(""), ast.Constant("")][:3])
    for number, code in enumerate(codes):
        own = sentences[number : number + 1] if len(codes) == len(sentences) else sentences
        yield ErrorCode(code, kind, own, hints, status)


def _status(node: ast.Call) -> int | None:
    values = [key.value for key in node.keywords if key.arg == "status"]
    return next((value.value for value in values if isinstance(value, ast.Constant)), None)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _texts(node: ast.expr | None, tables: Tables) -> tuple[str, ...]:  # noqa: PLR0911 - one for each form
    """Give the constant texts that an argument can be: one, both branches of a choice, or all of a table."""
    match node:
        case ast.Constant(value=str(text)):
            return (text,) if text else ()
        case ast.IfExp():
            return (*_texts(node.body, tables), *_texts(node.orelse, tables))
        case ast.Dict():
            return tuple(text for value in node.values for text in _texts(value, tables))
        case ast.Call(func=ast.Attribute(attr="get", value=table), args=[_, *default]):
            return (*_texts(table, tables), *(text for one in default for text in _texts(one, tables)))
        case ast.Call(func=ast.Name(id="N_" | "_"), args=[text]):
            return _texts(text, tables)
        case ast.Subscript(value=table):
            return _texts(table, tables)
        case ast.Name(id=name):
            return _texts(tables.get(name), {})
    return ()


@cache
def commands() -> tuple[Command, ...]:
    """Give every command of the program, depth first, in the order of the help pages."""
    from kindward.cli.program import program

    root = click.Context(program, info_name="kindward")
    return tuple(_below(root))


def _below(context: click.Context) -> Iterator[Command]:
    command = context.command
    yield Command(context.command_path, command, context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None and not child.hidden:
                yield from _below(click.Context(child, info_name=name, parent=context))


def exit_statuses() -> tuple[tuple[int, str], ...]:
    """Give every exit status with its meaning."""
    from kindward.cli import exits

    kinds = [(kind.exit_status, (kind.__doc__ or "").splitlines()[0]) for kind in KINDS.values()]
    return (
        (exits.NOTHING_FOUND, "Nothing found."),
        (exits.FOUND, "Something found, also in simulation."),
        (exits.USAGE, "Wrong usage."),
        *sorted(
            [
                *kinds,
                (exits.INTERNAL, "A fault in kindward."),
                (exits.OUTPUT_FAILED, "The output could not be written."),
            ]
        ),
        (exits.INTERRUPTED, "Interrupted."),
        (exits.READER_GONE, "The reader of the output went away."),
    )


@cache
def openapi() -> dict[str, Any]:
    """Give the OpenAPI document as the service answers it."""
    from kindward.service.framework import build, describe
    from kindward.service.routes import Routes

    # Only the names of its methods are asked for, so it needs no banks, tokens or store.
    return describe(build(Routes.__new__(Routes), None))  # type: ignore[arg-type]


@cache
def metrics() -> tuple[Metric, ...]:
    """Give every metric of the service."""
    from kindward.service.metrics import Metrics

    collectors = Metrics()._registry._collector_to_names  # noqa: SLF001 - no public way leads to the labels
    return tuple(
        Metric(
            family.name + ("_total" if family.type == "counter" else ""),
            family.type,
            collector._labelnames,  # noqa: SLF001 - as above
            family.documentation,
        )
        for collector in collectors
        for family in collector.describe()
    )


def records() -> dict[str, dict[str, object]]:
    """Give one example of each machine record, made by the code that makes the real ones."""
    from kindward import model, wire

    view = model.View(turn="mirror")
    match = model.Match("known", "3adbbb2a802c0ed63983", "pdq/1", 4, 31, view)
    bank = model.BankVersion("known", "2026-11-23.5c3afc53282a", model.Trust.IMPORTED)
    versions = model.Versions(("pdq/1+fast",), (bank,), "shipped/2026-11-23.3aa21b032bd5")
    verdict = model.Verdict(model.Decision.HOLD, simulated=True, matches=(match,), risks=(), versions=versions)
    fingerprint = model.Fingerprint(
        "pdq/1", bytes.fromhex("8c629e779a663698b9a33866c026726c21a679f61eb6e1f8c79ba7e23c8299e0"), 100
    )
    return {
        "check": wire.verdict_record("photo.jpg", verdict),
        "hash": wire.fingerprint_record("photo.jpg", fingerprint),
    }
