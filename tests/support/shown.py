"""Run what a page shows and compare it with what the page says happens.

A block marked ``console`` holds commands after ``$`` and, below each, what it prints. An ellipsis stands for anything
within a line; alone on a line it stands for any number of lines.
"""

import re
import subprocess
from dataclasses import dataclass

ELLIPSIS = "…"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = "\x1e"


@dataclass(frozen=True, slots=True)
class Step:
    """One command with what it should print."""

    command: str
    expected: str

    def agrees(self, printed):
        """Say whether the printed text is what the page shows."""
        lines = [
            r"(?:.*\n)*?" if line == ELLIPSIS else ".*".join(map(re.escape, line.split(ELLIPSIS))) + r"\n"
            for line in self.expected.splitlines()
        ]
        text = printed if printed.endswith("\n") or not printed else printed + "\n"
        return re.fullmatch("".join(lines), text) is not None


def blocks(page, language):
    """Give the blocks of one language, in order."""
    return [text for name, text in _BLOCK.findall(page.read_text(encoding="utf-8")) if name == language]


def steps(page):
    """Give the commands of a page, in order."""
    found = []
    for block in blocks(page, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, expected = part.partition("\n")
            found.append(Step(command, expected))
    return found


def run(page_steps, folder, environment):
    """Run the commands in one shell, as a reader would, and give what each printed."""
    script = ["exec 2>&1"]
    for step in page_steps:
        script += [step.command, f"status=$?; printf '{_MARK}'; (exit $status)"]
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout.split(_MARK)[: len(page_steps)]


def differences(page_steps, printed):
    """List the commands that printed something else than the page shows."""
    return [
        f"$ {step.command}\nshown:\n{step.expected}printed:\n{text}"
        for step, text in zip(page_steps, printed, strict=True)
        if not step.agrees(text)
    ]
