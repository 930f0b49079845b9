"""A section of the report: what it shows, and the sentence it sends to the front page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from keruen.reports.html import Child, Html, el, join


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report.

    Parameters
    ----------
    anchor
        Identifier that links lead to.
    title
        Heading.
    body
        Everything below the heading.
    headlines
        Sentences for the front page: each a topic and what is found, with a number.
    """

    anchor: str
    title: str
    body: Html
    headlines: Sequence[tuple[str, Html]] = field(default=())

    @property
    def short(self) -> str:
        """The heading as it stands in the navigation."""
        return self.title.partition(":")[0].partition(",")[0]

    def render(self) -> Html:
        """Return the section with its heading."""
        return el("section", el("h2", self.title), self.body, id=self.anchor)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table that people read.

    Parameters
    ----------
    title
        Heading; the unit belongs in it where the cells do not carry their own.
    numeric
        Whether cells are set flush right and sorted by ``data-v``.
    prose
        Whether cells hold sentences and need room.
    """

    title: str
    numeric: bool = False
    prose: bool = False

    @property
    def kind(self) -> str | None:
        """Class of its cells."""
        return "n" if self.numeric else "why" if self.prose else None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: what is shown, and what it sorts by (None sorts last)."""

    shown: Child
    order: float | str | None = None


def table(
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell | Child]],
    *,
    caption: Child = None,
    classes: Iterable[str | None] = (),
) -> Html:
    """Return a table that the small script makes sortable and that reads well without it.

    Parameters
    ----------
    columns
        Headings.
    rows
        Cells in the order of ``columns``; the first cell heads its row.
    caption
        What the table shows.
    classes
        Class of each row, in order; missing ones are none.
    """
    given = list(classes)
    body = []
    for i, row in enumerate(rows):
        cells = []
        for j, (column, item) in enumerate(zip(columns, row, strict=True)):
            cell = item if isinstance(item, Cell) else Cell(item)
            cells.append(
                el(
                    "th" if j == 0 else "td",
                    cell.shown,
                    scope="row" if j == 0 else None,
                    class_=column.kind,
                    data_v=None if cell.order is None else _order(cell.order),
                )
            )
        body.append(el("tr", cells, class_=given[i] if i < len(given) else None))
    heads = [el("th", c.title, scope="col", class_=c.kind) for c in columns]
    head = el("thead", el("tr", heads))
    caption = el("caption", caption) if caption else None
    return el("div", el("table", caption, head, el("tbody", body), class_="sortable"), class_="scroll")


def facts(pairs: Iterable[tuple[str, Child]]) -> Html:
    """Return a list of terms and what they are."""
    return el("dl", [join(el("dt", term), el("dd", value)) for term, value in pairs], class_="facts")


def _order(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.9g}"
