"""Bring the message catalogues up to date with the code: ``python tools/catalogue.py``.

Every text a person reads stands in English in the code: in ``_("…")``, ``N_("…")``, ``several("…", "…", n)``, in errors
(``ContentError("code", "sentence", "hint")``), in settings (``_setting(default, "meaning")``) and in tables named
``SENTENCES`` or ``PLURALS``, and in templates in ``t("…")``. The usual extractors take one text per call, so this reads
the syntax tree. A text written as a choice (``"a" if near else "b"``) gives both.

With ``--check`` nothing is written; the exit status is 1 if a catalogue is not up to date.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import jinja2
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2.ext import extract_from_ast

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "kindward"
LOCALE = SOURCE / "locale"
TRANSLATIONS = ("de",)

Text = str | tuple[str, str]


class Timeless(Catalog):
    """A catalogue whose header holds no times and no tool versions, so that it only changes when a text does."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """Give only the headers that readers need."""
        return [
            ("Project-Id-Version", "kindward"),
            ("Language", str(self.locale)),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]


def texts_of(tree: ast.AST) -> Iterator[tuple[int, Text]]:
    """Give every text of one module with its line; a pair is a singular with its plural."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from ((node.lineno, text) for text in _texts_of_call(node))
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            yield from ((node.lineno, text) for text in _texts_of_table(node))


def _texts_of_call(call: ast.Call) -> Iterator[Text]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if name in {"_", "N_", "translate"}:
        yield from _strings(call.args[:1])
    elif name == "several":
        one, many = (list(_strings([argument])) for argument in call.args[:2])
        yield from zip(one, many, strict=True)
    elif name == "_setting":
        yield from _strings(call.args[1:2])
    elif name.endswith("Error") and len(call.args) > 1 and next(_strings(call.args[:1]), ""):
        yield from _strings(call.args[1:3])
    elif name == "fine":
        yield from _strings(call.args[1:2])


def _texts_of_table(node: ast.Assign | ast.AnnAssign) -> Iterator[Text]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    names = {getattr(target, "id", "") for target in targets}
    if isinstance(node.value, ast.Dict) and "SENTENCES" in names:
        yield from _strings([value for value in node.value.values if value is not None])
    elif isinstance(node.value, ast.Tuple) and "PLURALS" in names:
        for pair in node.value.elts:
            one, many = _strings([pair])
            yield one, many


def _strings(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
            yield node.value
        elif isinstance(node, ast.IfExp):
            yield from _strings([node.body, node.orelse])
        elif isinstance(node, ast.Tuple):
            yield from _strings(node.elts)


def extract() -> dict[Text, set[str]]:
    """Collect every text of the program with the modules it stands in, in a stable order."""
    found: dict[Text, set[str]] = {}
    for file in sorted(SOURCE.rglob("*.py")):
        for _line, text in texts_of(ast.parse(file.read_text(encoding="utf-8"))):
            found.setdefault(text, set()).add(file.relative_to(SOURCE).as_posix())
    for file in sorted(SOURCE.rglob("templates/*.html")):
        tree = jinja2.Environment(autoescape=True).parse(file.read_text(encoding="utf-8"))
        for _line, _name, told in extract_from_ast(tree, gettext_functions=("t",)):
            # A text with facts comes with a place for each of them.
            text = told[0] if isinstance(told, tuple) else told
            if text:
                found.setdefault(text, set()).add(file.relative_to(SOURCE).as_posix())
    return found


def refreshed(language: str) -> Catalog:
    """Take over what is translated, add what is new (untranslated), and drop what is gone."""
    path = _po(language)
    before = read_po(io.BytesIO(path.read_bytes()), locale=language) if path.exists() else Catalog(locale=language)
    after = Timeless(
        locale=language, header_comment="# Messages of kindward; refresh: python tools/catalogue.py", fuzzy=False
    )
    for text, modules in sorted(extract().items(), key=lambda item: (min(item[1]), str(item[0]))):
        known = before.get(text)
        after.add(
            text, known.string if known else ("", "") if isinstance(text, tuple) else "", auto_comments=sorted(modules)
        )
    return after


def missing(catalogue: Catalog) -> list[str]:
    """Give the texts that are not translated."""
    return [
        str(message.id)
        for message in catalogue
        if message.id and not all(message.string if isinstance(message.string, tuple) else [message.string])
    ]


def written(catalogue: Catalog) -> tuple[bytes, bytes]:
    """Give both forms of a catalogue, the readable and the compiled, without what changes from run to run."""
    readable, compiled = io.BytesIO(), io.BytesIO()
    write_po(readable, catalogue, width=110)
    write_mo(compiled, catalogue)
    return readable.getvalue(), compiled.getvalue()


def _po(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "kindward.po"


def main() -> int:
    """Refresh or check the catalogues."""
    status = 0
    for language in TRANSLATIONS:
        catalogue = refreshed(language)
        readable, compiled = written(catalogue)
        po, mo = _po(language), _po(language).with_suffix(".mo")
        for text in missing(catalogue):
            print(f"{language}: not translated: {text}")
            status = 1
        if "--check" in sys.argv[1:]:
            if not (po.exists() and mo.exists() and (po.read_bytes(), mo.read_bytes()) == (readable, compiled)):
                print(f"{language}: the catalogue is not up to date; run python tools/catalogue.py")
                status = 1
            continue
        po.parent.mkdir(parents=True, exist_ok=True)
        po.write_bytes(readable)
        mo.write_bytes(compiled)
    return status


if __name__ == "__main__":
    sys.exit(main())
