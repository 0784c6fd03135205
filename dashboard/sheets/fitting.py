"""How much a page holds: heights reckoned, sizes of type, and the largest that fits."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from dashboard.charts.palettes import text_width
from dashboard.sheets import binding
from dashboard.sheets.shapes import WAY_HEIGHT, WAY_WIDTH, Row
from dashboard.sheets.typesetting import set_pages
from dashboard.tables import Tables

# Inside the margins of typesetting.typ, in points.
PAGE_WIDTH, PAGE_HEIGHT = 521.0, 768.0
# Reckoned heights run a twentieth high: words are also broken at syllables, and lines under each other are closer.
RECKONED_HEIGHT = 1.035 * PAGE_HEIGHT
# From the size a reader likes to the smallest that still prints well.
SIZES = (9.2, 9.0, 8.8, 8.6, 8.4, 8.2, 8.0, 7.85, 7.7, 7.55, 7.4, 7.25, 7.1, 6.95, 6.8, 6.65, 6.5)
COMFORTABLE = 7.1
# Columns of the tables, in percent of the page; 0 takes the rest.
CHALLENGE_COLUMNS = (15, 0, 10, 10, 11.5, 15.5, 10)
COMPARISON_COLUMNS = (13.5, 0, 15.5, 11.5, 11.5, 15)
DELIVERABLE_COLUMNS = (15, 0, 23, 10, 11)


class _Lines:
    """Heights of texts and tables at a text size, reckoned with letter widths; a little more rather than less.

    Setting a page takes typst far longer than this, and trying sizes there as many times longer.
    """

    def __init__(self, size: float) -> None:
        self.size = size

    def count(self, text: str, width: float, share: float = 1.0, bold: bool = False) -> int:
        """How many lines a text takes in a width in points; `share`: of the text size."""
        size = self.size * share
        space = text_width(" ", size)
        lines, used = 1, 0.0
        for word in text.split():
            wide = text_width(word, size, bold)
            if used and used + space + wide > width:
                lines, used = lines + 1, wide
            else:
                used += (space if used else 0) + wide
        return lines

    def paragraph(self, text: str, share: float = 1.0, width: float = PAGE_WIDTH) -> float:
        """Height of a paragraph with the space after it; none for an empty text."""
        return (self.count(text, width, share) * 1.16 * share + 0.25) * self.size if text else 0.0

    def table(
        self,
        columns: Sequence[float],
        rows: Iterable[Sequence[Sequence[tuple[str, float, bool]]]],
        least: float = 0.0,
    ) -> float:
        """Height of a table with its head. A cell is a list of texts, each with its share of the size and weight.

        `least`: height in points of a picture that every row has.
        """
        rest = 100 - sum(columns)
        free = PAGE_WIDTH - 0.3 * self.size * (len(columns) - 1)
        widths = [
            (column / 100 * PAGE_WIDTH if column else free - (100 - rest) / 100 * PAGE_WIDTH)
            - 0.6 * self.size
            for column in columns
        ]
        total = 1.4
        for cells in rows:
            lines = max(
                sum(self.count(text, width, share, bold) for text, share, bold in cell if text)
                for cell, width in zip(cells, widths, strict=True)
            )
            total += 0.6 + max(0.72 + 1.06 * (max(lines, 1) - 1), least / self.size)
        return total * self.size

    def heading(self) -> float:
        """Height of a section's heading with its space."""
        return 2.9 * self.size


def _text(text: str, bold: bool = False) -> tuple[tuple[str, float, bool], ...]:
    return ((text, 1.0, bold),)


def first_page(said: Row, size: float) -> float:
    """Height of the first page of a municipality's sheet, in points."""
    at = _Lines(size)
    beside = PAGE_WIDTH - 170
    head = at.paragraph(said["eyebrow"], 0.88, beside) + 3.2 * size
    head += sum(at.paragraph(text, 1.0, beside) for text in (*said["facts"], said["finding"]))
    total = max(head, 82.0)
    if said["demonstration"]:
        total += at.paragraph(said["warning"]) + 1.6 * size
    for block in said["challenges"]:
        total += at.heading() + at.paragraph(block["text"]) + at.paragraph(block["note"], 0.88)
        if block["counts"]:
            total += (
                at.paragraph(" ".join(f"mm {one['word']} {one['count']}" for one in block["counts"])) + size
            )
        if block["rows"]:
            total += at.table(
                CHALLENGE_COLUMNS,
                [
                    (
                        (("mm " + row["status"]["word"], 1.0, True), (row["status"]["doubt"], 0.88, False)),
                        ((row["name"], 1.0, row["strong"]), (row["detail"], 0.88, False)),
                        _text(row["baseline"]),
                        _text(row["latest"]),
                        _text(row["target"]),
                        ((row["gap"], 1.0, False), (row["people"], 1.0, True)),
                        _text("m"),
                    )
                    for row in block["rows"]
                ],
                (CHALLENGE_COLUMNS[-1] / 100 * PAGE_WIDTH - 0.6 * size) * WAY_HEIGHT / WAY_WIDTH,
            )
    if said["deliverables"] is not None:
        total += _deliverables_height(said["deliverables"], at)
    compared = said["comparison"]
    total += at.heading() + at.paragraph(compared["note"], 0.88)
    total += at.table(
        COMPARISON_COLUMNS,
        [
            (
                _text(row["area"]),
                _text(row["name"]),
                _text(f"{row['value']} ({row['year']})", bold=row["weak"]),
                _text(row["region"]),
                _text(row["state"]),
                _text(row["position"]),
            )
            for row in compared["rows"]
        ],
    )
    return total + sum(at.paragraph(line, 0.86) for line in said["foot"]) + size


def _deliverables_height(block: Row, at: _Lines) -> float:
    total = at.heading() + at.paragraph(block["text"]) + at.paragraph(block["more"], 0.88)
    if not block["rows"]:
        return total
    return total + at.table(
        DELIVERABLE_COLUMNS,
        [
            (
                _text("mm " + row["word"], bold=True),
                ((row["name"], 1.0, False), (row["action"], 0.88, False)),
                _text(row["responsible"]),
                _text(row["due"]),
                _text(row["progress"]),
            )
            for row in block["rows"]
        ],
    )


def largest_size(height: Callable[[float], float]) -> float:
    """The largest text size at which the content fits a page; the smallest where none does."""
    # Heights grow with the size, so halving finds it.
    place = bisect_left(SIZES, True, hi=len(SIZES) - 1, key=lambda size: height(size) <= RECKONED_HEIGHT)
    return SIZES[place]


# Of a path chart on the plan's page, by its number of columns: width in pixels, before it is scaled to its column.
CHART_WIDTHS = {1: 720.0, 2: 430.0, 3: 310.0}
LOWEST_CHART, GOOD_CHART, HIGHEST_CHART = 150.0, 185.0, 300.0
GUTTER = 17.0


def plan_fit(said: Row) -> tuple[float, float, bool]:
    """Text size, and height of the charts in their own pixels, at which a page holds the plan; whether it does.

    A plan too long even so goes on to another page at the smallest size.
    """
    columns = int(said["columns"])
    width = (PAGE_WIDTH - GUTTER * (columns - 1)) / columns
    groups = [said["cards"][place : place + columns] for place in range(0, len(said["cards"]), columns)]
    height = LOWEST_CHART
    for size in SIZES:
        at = _Lines(size)
        used = at.heading() + sum(at.paragraph(text) for text in said["facts"]) + 3 * size
        for group in groups:
            used += 12.0 + max(
                1.2 * at.paragraph(card["name"], 1.05, width)
                + at.paragraph(
                    f"mm {card['status']['word']} ({card['status']['doubt']}) {card['detail']}", 1.0, width
                )
                + at.paragraph(card["text"], 1.0, width)
                for card in group
            )
        if said["deliverables"] is not None:
            used += _deliverables_height(said["deliverables"], at)
        height = (RECKONED_HEIGHT - used) / len(groups) * CHART_WIDTHS[columns] / width
        if height >= GOOD_CHART:
            return size, min(height, HIGHEST_CHART), True
    return SIZES[-1], max(height, LOWEST_CHART), height >= LOWEST_CHART


def municipality_file(data: Tables, said: dict[str, Any]) -> bytes:
    """The PDF of a municipality's sheet: one page, and a second one for its plan if that fits one."""
    plan = said["plan"]
    if plan and not plan["fits"]:
        return set_pages("municipality", data, said)
    return fitted("municipality", data, said, 2 if plan else 1)


def fitted(kind: str, data: Tables, said: dict[str, Any], pages: int) -> bytes:
    """The PDF of one kind of sheet, in a smaller size than `said` asks for where it takes more than `pages`."""
    while True:
        made = set_pages(kind, data, said)
        smaller = [size for size in SIZES if size < said["size"]]
        if binding.pages_of(made) <= pages or not smaller:
            return made
        said["size"] = smaller[0]
        if said.get("plan"):
            said["plan"]["size"] = min(said["plan"]["size"], smaller[0])
