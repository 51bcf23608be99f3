"""Keep the German pages complete: ``python docs/catalogues.py check`` or ``update``.

``check`` fails if a sentence of the English pages has no German one, or an uncertain one. ``update`` brings the
catalogues in ``docs/locale`` up to date and lists what is left to translate.
"""

import subprocess
import sys
from pathlib import Path

from babel.messages.pofile import read_po
from sphinx_intl.basic import update

DOCS = Path(__file__).parent
TEMPLATES = DOCS / "_build" / "gettext"
GERMAN = DOCS / "locale" / "de" / "LC_MESSAGES"


def extract() -> None:
    """Write the sentences of the English pages into ``docs/_build/gettext``."""
    for old in TEMPLATES.glob("*.pot"):
        old.unlink()
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-E", "-b", "gettext", "-D", "language=en"]
    doctrees = DOCS / "_build" / "doctrees-gettext"
    subprocess.run([*command, "-d", str(doctrees), str(DOCS), str(TEMPLATES)], check=True)  # noqa: S603 - our own arguments


def untranslated() -> list[str]:
    """Name every sentence that lacks a certain German translation, as ``catalogue: sentence``."""
    missing = []
    for template in sorted(TEMPLATES.glob("*.pot")):
        translated = _translated(GERMAN / f"{template.stem}.po")
        with template.open("rb") as file:
            wanted = [str(message.id) for message in read_po(file) if message.id]
        missing += [f"{template.stem}: {sentence}" for sentence in wanted if sentence not in translated]
    return missing


def _translated(catalogue: Path) -> set[str]:
    if not catalogue.is_file():
        return set()
    with catalogue.open("rb") as file:
        return {str(message.id) for message in read_po(file, locale="de") if message.string and not message.fuzzy}


def main(task: str) -> int:
    """Do one task and give the exit status."""
    extract()
    if task == "update":
        update(str(DOCS / "locale"), str(TEMPLATES), ["de"], line_width=110, ignore_obsolete=True)
    missing = untranslated()
    if missing:
        left = f"{len(missing)} sentences have no German translation; see docs/catalogues.py."
        sys.stderr.write("\n".join([*missing, left, ""]))
    return 1 if missing and task == "check" else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if sys.argv[1:] else "check"))
