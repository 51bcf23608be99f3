"""Tables and plots of the benchmarks, from the JSON they wrote."""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from kindward_docs import results
from kindward_docs.pieces import Page, code, literal, paragraph, section, table

TITLES = {
    "banks": "Banks: building, opening, changing, looking up",
    "long": "Long tests: mutation, fuzzing, soak, load",
    "over_http": "Over HTTP: bytes in, decision out",
    "pdq_pixels": "Fingerprints from pixels",
    "pdq_fast_path": "What the fast path costs in bits and in matches",
}
COLOURS = {"light": ("#1b1b1f", "#2a6fb0"), "dark": ("#dcdce0", "#6fb2f0")}
"""Text and bars, readable on the theme's light and dark backgrounds."""
_TALLEST = 32


class Benchmarks(Page):
    """Show every benchmark: tables, a plot where times were measured, and on what and when."""

    def run(self) -> list[nodes.Node]:
        """Make one section per benchmark."""
        return [self._section(result) for result in results.every()]

    def _section(self, result: results.Result) -> nodes.section:
        self.env.note_dependency(str(result.file))
        title = TITLES.get(result.name)
        content: list[nodes.Node] = [code(result.environment["command"])]
        on = result.environment
        content.append(paragraph(f"{on['date']} · {on['processor']} · {on['cores']} × CPU · {on['memory_gib']} GiB"))
        for name, rows in result.tables:
            content += [*([literal(name)] if name not in {"", "rows"} else []), self._table(rows)]
        content += self._plots(result)
        heading: list[nodes.Node] = [nodes.Text(title)] if title else [nodes.literal("", result.name)]
        made = section(heading, f"benchmark-{result.name}", *content)
        if title:
            made[0].rawsource, made[0]["translatable"] = title, True
            made[0].source, made[0].line = self.get_source_info()
        return made

    def _table(self, rows: results.Rows) -> nodes.table:
        columns = list(dict.fromkeys(column for values in rows.values() for column in values))
        language = self.config.language
        cells = [
            [literal(row), *(paragraph(_cell(row, column, values, language)) for column in columns)]
            for row, values in rows.items()
        ]
        return table(["", *columns], cells, numbers=True)

    def _plots(self, result: results.Result) -> list[nodes.Node]:
        folder = Path(self.env.srcdir) / "_build" / "figures"
        images = []
        for theme in COLOURS if any(_bars(rows) for _, rows in result.tables) else ():
            file = folder / f"{result.name}-{theme}.svg"
            if not file.exists() or file.stat().st_mtime < result.file.stat().st_mtime:
                draw(next(bars for _, rows in result.tables if (bars := _bars(rows))), theme, file)
            images.append(nodes.image(uri=f"/_build/figures/{file.name}", classes=[f"only-{theme}"], alt=""))
        return images


def _cell(row: str, column: str, values: dict[str, Any], language: str) -> str:
    return results.shown(column or row, values[column], language) if column in values else "–"


def _bars(rows: results.Rows) -> list[tuple[str, float]]:
    """Choose what to draw: every measured time, as (name, milliseconds)."""
    columns = dict.fromkeys(column for values in rows.values() for column in values)
    times = [
        (f"{column}: {row.rpartition(' · ')[2]}", float(values[column]) * 1000)
        for column in columns
        for row, values in rows.items()
        if isinstance(values.get(column), results.Seconds)
    ]
    return times[:_TALLEST] if len(times) > 1 else []


def draw(bars: list[tuple[str, float]], theme: str, file: Path) -> None:
    """Draw horizontal bars on a logarithmic axis."""
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    ink, fill = COLOURS[theme]
    mpl.rcParams.update({"svg.hashsalt": file.name, "font.size": 9, "text.color": ink, "axes.edgecolor": ink})
    mpl.rcParams.update({"axes.labelcolor": ink, "xtick.color": ink, "ytick.color": ink})
    figure, axes = plt.subplots(figsize=(7.5, 0.8 + 0.24 * len(bars)), layout="constrained")
    names, values = zip(*reversed(bars), strict=True)
    axes.barh(names, values, color=fill)
    axes.set_xscale("log")
    axes.set_xlabel("ms")
    axes.spines[["top", "right"]].set_visible(False)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, transparent=True, metadata={"Date": None})
    plt.close(figure)


def register(app: Sphinx) -> None:
    """Make the directives known under their names."""
    app.add_directive("benchmarks", Benchmarks)
