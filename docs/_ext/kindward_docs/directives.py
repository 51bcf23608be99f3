"""The directives: settings, commands, exit statuses, error codes, HTTP routes, metrics."""

import json
from typing import Any

import click
from docutils import nodes
from sphinx.application import Sphinx

from kindward import config
from kindward.banks.rejected import SENTENCES
from kindward_docs import facts
from kindward_docs.pieces import Page, code, definitions, literal, paragraph, section, table


class Settings(Page):
    """List every setting with its kind, default and meaning."""

    def run(self) -> list[nodes.Node]:
        """Make one definition per setting."""
        rows = []
        for name, kind, default, meaning in config.describe():
            shown = {"": self.say("empty"), "[]": self.say("empty")}.get(str(default), f"`{_toml(default)}`")
            facts_line = f"{self.say(kind)}; {self.say('Default')}: {shown}; `{_variable(name)}`"
            rows.append(
                (nodes.literal("", name), f"setting-{name}", [paragraph(self.say(meaning)), paragraph(facts_line)])
            )
        return [definitions(rows)]


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:_}" if isinstance(value, int) else str(value)


def _variable(name: str) -> str:
    return "KINDWARD__" + name.upper().replace(".", "__")


class Commands(Page):
    """Describe every command with its arguments and options."""

    def run(self) -> list[nodes.Node]:
        """Make one section per command."""
        return [self._section(command) for command in facts.commands()]

    def _section(self, command: facts.Command) -> nodes.section:
        pieces = command.command.collect_usage_pieces(command.context)
        content: list[nodes.Node] = [code(" ".join([command.name, *pieces]))]
        content += [self._block(text) for text in (command.command.help or "").split("\n\n") if text.strip()]
        rows = [
            (nodes.literal("", _typed(parameter)), "", [paragraph(self._meaning(parameter))])
            for parameter in command.options
            if self._meaning(parameter)
        ]
        if rows:
            content.append(definitions(rows))
        return section([nodes.literal("", command.name)], command.name.replace(" ", "-"), *content)

    def _block(self, text: str) -> nodes.Node:
        """Set a paragraph of help; ``\\b`` in its first line means that lines stay as they are."""
        return code(text.removeprefix("\b\n")) if text.startswith("\b") else paragraph(" ".join(text.split()))

    def _meaning(self, parameter: click.Parameter) -> str:
        meaning = self.say(getattr(parameter, "help", None) or "")
        default = parameter.default
        if getattr(parameter, "show_default", False) and isinstance(default, (str, int, float)):
            meaning += f" {self.say('Default')}: `{default}`."
        return meaning


def _typed(parameter: click.Parameter) -> str:
    """Write an option as it is typed, such as ``-o, --output human|json|jsonl``."""
    if isinstance(parameter, click.Argument):
        return parameter.make_metavar(click.Context(click.Command("kindward")))
    names = ", ".join([*parameter.opts, *parameter.secondary_opts])
    if getattr(parameter, "is_flag", False) or getattr(parameter, "count", False):
        return names
    if isinstance(parameter.type, click.Choice):
        return f"{names} {'|'.join(str(choice) for choice in parameter.type.choices)}"
    return f"{names} {parameter.metavar or parameter.type.name.upper()}"


class ExitStatuses(Page):
    """List every exit status."""

    def run(self) -> list[nodes.Node]:
        """Make a table."""
        rows = [[literal(str(status)), self.sentence(meaning)] for status, meaning in facts.exit_statuses()]
        return [table([self.say("Status"), self.say("Meaning")], rows)]


class ErrorCodes(Page):
    """List every error code by kind, with its sentences and hints."""

    def run(self) -> list[nodes.Node]:
        """Make one section per kind of error."""
        sections = []
        for name, kind in facts.KINDS.items():
            ends = f"{self.say('Exit status')} {kind.exit_status}, HTTP {kind.http_status}."
            sections.append(self._section(name, (kind.__doc__ or "").splitlines()[0], [paragraph(ends)]))
        return [*sections, self._section(facts.REFUSAL, "A request that the service does not take.", [])]

    def _section(self, kind: str, meaning: str, more: list[nodes.Node]) -> nodes.section:
        rows = [
            (nodes.literal("", error.code), f"error-{error.code}", self._meaning(error))
            for error in facts.error_codes()
            if error.kind == kind
        ]
        return section([nodes.literal("", kind)], kind, self.sentence(meaning), *more, definitions(rows))

    def _meaning(self, error: facts.ErrorCode) -> list[nodes.Node]:
        meaning = [paragraph(" · ".join(map(self.say, texts))) for texts in (error.sentences, error.hints) if texts]
        return [*meaning, *([paragraph(f"HTTP {error.status}.")] if error.status else [])]


class Rejections(Page):
    """List every reason for which a line of a list is left out."""

    def run(self) -> list[nodes.Node]:
        """Make one definition per reason."""
        return [
            definitions(
                (nodes.literal("", reason), f"rejected-{reason}", [paragraph(self.say(sentence))])
                for reason, sentence in SENTENCES.items()
            )
        ]


class Record(Page):
    """Show a record as the program prints it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Make one example."""
        return [code(json.dumps(facts.records()[self.arguments[0]], indent=2), "json")]


class HttpRoutes(Page):
    """Describe every route from the OpenAPI document."""

    def run(self) -> list[nodes.Node]:
        """Make one section per route."""
        paths = facts.openapi()["paths"]
        return [
            self._section(method.upper(), path, told)
            for path, methods in paths.items()
            for method, told in methods.items()
        ]

    def _section(self, method: str, path: str, told: dict[str, Any]) -> nodes.section:
        content: list[nodes.Node] = [self.sentence(told["summary"]), self.sentence(told["description"])]
        fields = [
            (one["name"], f"route-{path}-{one['name']}", one["description"]) for one in told.get("parameters", [])
        ]
        answers = [(status, "", answer["description"]) for status, answer in told["responses"].items()]
        bodies = told.get("requestBody", {}).get("content", {})
        if bodies:
            content.append(paragraph("Content-Type: " + ", ".join(f"`{kind}`" for kind in bodies)))
        content.append(
            definitions(
                (nodes.literal("", name), target, [self.sentence(text)]) for name, target, text in fields + answers
            )
        )
        content += [
            code(json.dumps(body["example"], indent=2), "json") for body in bodies.values() if "example" in body
        ]
        content += self._examples(told["responses"].get("200", {}).get("content", {}))
        return section([nodes.literal("", f"{method} {path}")], f"route-{path}", *content)

    def _examples(self, kinds: dict[str, Any]) -> list[nodes.Node]:
        given = [example["value"] for kind in kinds.values() for example in kind.get("examples", {}).values()]
        return [code(json.dumps(given[-1], indent=2), "json")] if given else []


class Metrics(Page):
    """List every metric."""

    def run(self) -> list[nodes.Node]:
        """Make one definition per metric."""
        rows = []
        for metric in facts.metrics():
            labels = ", ".join(f"`{label}`" for label in metric.labels)
            line = paragraph(f"{metric.kind}{': ' if labels else ''}{labels}")
            rows.append(
                (nodes.literal("", metric.name), f"metric-{metric.name}", [self.sentence(metric.meaning), line])
            )
        return [definitions(rows)]


def register(app: Sphinx) -> None:
    """Make the directives known under their names."""
    app.add_directive("settings", Settings)
    app.add_directive("commands", Commands)
    app.add_directive("exit-statuses", ExitStatuses)
    app.add_directive("error-codes", ErrorCodes)
    app.add_directive("rejections", Rejections)
    app.add_directive("record", Record)
    app.add_directive("http-routes", HttpRoutes)
    app.add_directive("metrics", Metrics)
