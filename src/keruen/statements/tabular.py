"""Tables in text: pipe tables give one quantity per cell, with what its row and column heads say.

Receives a page, hands on :class:`Cell` objects. Unit and scale come from the cell, the column's head, the row's head or the line
above the table, in that order; a cell whose unit none of them names is no quantity.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile

from keruen.statements import cyrillic as cy
from keruen.statements import english as en
from keruen.statements.measures import SIGN_LEFT, rate_at, scale_at, unit_at
from keruen.statements.numerals import DIGITS, decimal_comma, parse_digits
from keruen.statements.page import Page
from keruen.statements.quantity import MONEY, Quantity, bounds

_CELL = re.compile(
    rf"(?:(?P<hedge>[~≈<>])|\+|(?P<minus>-|\((?=.*\)$)))? ?(?P<sign>us\$|[$€£¥₸₽])? ?(?P<number>{DIGITS})(?P<rest>[^\d]{{0,24}}?)\)?$"
)
_BARE = re.compile(rf"[~≈<>-]? ?[$€£¥₸₽]? ?{DIGITS} ?%?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_RULE = re.compile(r"[\s:|+=-]*$")
_SPLIT = re.compile(r"[,;()]| in (?=[a-z])| - ")
_HEDGE_SIGNS = {"~": "approx", "≈": "approx", "<": "lt", ">": "gt"}
_MONEY_HEAD = re.compile(r"(?:us\$|[$€£¥₸₽]|(?<!\w)(?:usd|eur|kzt|rub|cny|gbp)) ?(?P<scale>\w+)?")


@dataclass(frozen=True, slots=True)
class Cell:
    """A quantity in a table.

    Parameters
    ----------
    quantity
        The quantity; its span is the cell's text.
    row
        Span of the row.
    heads
        Spans of the texts that tell what it is: row head, column head, line above the table.
    """

    quantity: Quantity
    row: tuple[int, int]
    heads: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: where it stands and its cells."""

    start: int
    end: int
    cells: tuple[Cell, ...]


def _lines(text: str) -> list[tuple[int, int]]:
    """Return the spans of the lines, line breaks left out."""
    out, start = [], 0
    for line in text.splitlines(keepends=True):
        out.append((start, start + len(line.rstrip("\r\n"))))
        start += len(line)
    return out


def _split(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the spans of a row's cells, blanks left out."""
    inner = text[start:end]
    lead = len(inner) - len(inner.lstrip(" \t"))
    at = start + lead + (1 if inner[lead : lead + 1] == "|" else 0)
    stop = start + len(inner.rstrip(" \t|"))
    out = []
    while at <= stop:
        bar = text.find("|", at, end)
        cut = bar if bar >= 0 else end
        a, b = at, cut
        while a < b and text[a] in " \t*":
            a += 1
        while b > a and text[b - 1] in " \t*":
            b -= 1
        out.append((a, b))
        at = cut + 1
    return out


def _measure(low: str, start: int, end: int, *, cyrillic: bool) -> tuple[str, float, str | None] | None:
    """Return unit, factor (scale included) and rate that a head names, or None."""
    head = low[start:end]
    money = _MONEY_HEAD.search(head)
    if money:
        sign = SIGN_LEFT.search(
            money.group().split(" ")[0]
            if not money.group("scale")
            else money.group()[: -len(money.group("scale"))]
        )
        if sign:
            scale = en.SCALES.get(
                money.group("scale") or "",
                en.SHORT_SCALES.get(money.group("scale") or "", 1.0),
            )
            before = scale_at(f" {head[: money.start()].strip()}", 0, cyrillic=cyrillic)
            return (
                en.SIGNS[sign.group().strip()],
                scale if scale > 1 or before is None else before[0],
                None,
            )
    parts = _SPLIT.split(head)
    # "Trucks, thousand": the scale stands apart from what is counted
    alone = next(
        (
            s[0]
            for p in parts
            if (s := scale_at(w := f" {p.strip()}", 0, cyrillic=cyrillic)) and s[1] == len(w)
        ),
        1.0,
    )
    for part in parts:
        words = f" {part.strip()} "
        scale_found = scale_at(words, 0, cyrillic=cyrillic)
        factor, at = scale_found or (1.0, 0)
        unit, unit_factor, stop, noun, known = unit_at(
            words,
            words,
            2.0,
            at,
            worded=False,
            scaled=bool(scale_found),
            cyrillic=cyrillic,
        )
        if unit and known and (scale_found or not noun or not words[stop:].strip()):
            rate = rate_at(words, stop, cyrillic=cyrillic)
            scale = factor if scale_found or unit == "%" else alone
            return unit, scale * unit_factor, rate[0] if rate else None
    return None


def grids(leaf: Page) -> list[Grid]:
    """Return the pipe tables of a page."""
    if "|" not in leaf.text:
        return []
    low = leaf.low
    cyrillic = bool(cy.HAS.search(low))
    comma = decimal_comma(low)
    lines = _lines(leaf.text)
    out: list[Grid] = []
    i = 0
    while i < len(lines):
        block = []
        j = i
        while j < len(lines) and leaf.text.count("|", *lines[j]) >= 2:
            block.append(lines[j])
            j += 1
        if len(block) >= 2:
            above = (
                lines[i - 1] if i and lines[i - 1][1] > lines[i - 1][0] else lines[i - 2] if i > 1 else None
            )
            cells = _grid(leaf, block, above, comma=comma, cyrillic=cyrillic)
            if cells:
                out.append(Grid(block[0][0], block[-1][1], tuple(cells)))
        i = max(j, i + 1)
    return out


def _grid(
    leaf: Page,
    block: list[tuple[int, int]],
    above: tuple[int, int] | None,
    *,
    comma: bool | None,
    cyrillic: bool,
) -> list[Cell]:
    """Return the cells of one table; its first row holds the heads."""
    low = leaf.low
    rows = [_split(leaf.text, *span) for span in block if not _RULE.match(leaf.text[slice(*span)])]
    spans = [span for span in block if not _RULE.match(leaf.text[slice(*span)])]
    if len(rows) < 2:
        return []
    headless = any(_is_figure(low[a:b]) for a, b in rows[0][1:])
    heads = [] if headless else rows[0]
    if any(_BARE.fullmatch(low, a, b) and not _YEAR.fullmatch(low, a, b) for a, b in heads[1:]):
        return []
    measures = [_measure(low, a, b, cyrillic=cyrillic) for a, b in heads]
    for k in range(2, len(measures)):
        # a head that only names another year goes on with the measure to its left
        left = measures[k - 1]
        if measures[k] is None and left is not None and left[0] != "%":
            measures[k] = left
    caption = _measure(low, *above, cyrillic=cyrillic) if above else None
    corner = measures[0] if measures else None
    cells: list[Cell] = []
    body = 0 if headless else 1
    for span, row in zip(spans[body:], rows[body:], strict=True):
        labels = list(takewhile(lambda cell: not _CELL.match(low[slice(*cell)]), row)) or row[:1]
        own = next((m for cell in labels if (m := _measure(low, *cell, cyrillic=cyrillic))), None)
        for k, (a, b) in enumerate(row[1:], start=1):
            quantity = _cell(
                low,
                a,
                b,
                (measures[k] if k < len(measures) else None) or own or corner or caption,
                comma=comma,
                cyrillic=cyrillic,
            )
            if quantity is not None:
                tells = [
                    *labels,
                    *([heads[k]] if k < len(heads) else []),
                    *heads[:1],
                    *([above] if above else []),
                ]
                cells.append(Cell(quantity, span, tuple(tells)))
    return cells


def _is_figure(cell: str) -> bool:
    """Whether a cell of the first row holds a figure with its unit, so that the table has no heads."""
    m = _CELL.match(cell)
    return (
        m is not None
        and not _YEAR.fullmatch(m.group("number"))
        and bool(m.group("sign") or m.group("rest").strip(" *"))
    )


def _cell(
    low: str,
    start: int,
    end: int,
    measure: tuple[str, float, str | None] | None,
    *,
    comma: bool | None,
    cyrillic: bool,
) -> Quantity | None:
    """Return the quantity of one cell, or None if it holds none."""
    m = _CELL.match(low[start:end])
    if m is None:
        return None
    rest = m.group("rest")
    scale = scale_at(rest, 0, cyrillic=cyrillic)
    numeral = parse_digits(m.group("number"), comma=comma, scaled=scale is not None)
    if numeral is None:
        return None
    factor, at = scale or (1.0, 0)
    unit, unit_factor, rate = "", 1.0, None
    if m.group("sign"):
        unit = en.SIGNS[m.group("sign")]
    elif rest[at:].strip():
        unit, unit_factor, stop, _, known = unit_at(
            rest,
            rest,
            numeral.value,
            at,
            worded=False,
            scaled=scale is not None,
            cyrillic=cyrillic,
        )
        if not unit or not known or rest[stop:].strip(" *"):
            return None
    if measure is not None and (not unit or (unit in MONEY and unit == measure[0] and scale is None)):
        unit, unit_factor, rate = measure
    if not unit:
        return None
    if rate in ("day", "week", "month") and unit not in MONEY and unit != "%":
        unit = f"{unit}/{rate}"
    sign = -1.0 if m.group("minus") else 1.0
    value = sign * numeral.value * factor * unit_factor
    modifier = _HEDGE_SIGNS.get(m.group("hedge") or "", "exact")
    n_start, n_end = start + m.start("number"), start + m.end("number")
    if numeral.other is not None:
        lower, upper = sorted((value, sign * numeral.other * factor * unit_factor))
        return Quantity(start, end, n_start, n_end, None, lower, upper, unit, "range", rate)
    lo, hi = bounds(value, modifier)
    return Quantity(start, end, n_start, n_end, value, lo, hi, unit, modifier, rate)
