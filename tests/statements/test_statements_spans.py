"""Spans of time that no calendar page shows, and the periods that lean on the one told of before."""

from __future__ import annotations

from datetime import date

import pytest

from keruen.statements import Catalogue, read
from keruen.statements.periods import Calendar

CATALOGUE = Catalogue.default()


@pytest.mark.parametrize(
    ("words", "first", "last", "role"),
    [
        ("by the second half of 2026", None, "2026-12-31", "by"),
        ("by q3 2026", None, "2026-09-30", "by"),
        ("by the summer of 2026", None, "2026-08-31", "by"),
        ("by mid-decade", None, "2025-12-31", "by"),
        ("by the end of the decade", None, "2029-12-31", "by"),
        ("by mid-century", None, "2050-12-31", "by"),
        ("by mid-year", None, "2025-06-30", "by"),
        ("by end-june", None, "2025-06-30", "by"),
        ("by the end of march", None, "2026-03-31", "by"),
        ("in the 1990s", "1990-01-01", "1999-12-31", "at"),
        ("in the early 2010s", "2010-01-01", "2013-12-31", "at"),
        ("in the second half of the 2010s", "2015-01-01", "2019-12-31", "at"),
        ("by the 2030s", None, "2030-12-31", "by"),
        ("in the summer of 2024", "2024-06-01", "2024-08-31", "at"),
        ("last autumn", "2024-09-01", "2024-11-30", "at"),
        ("this spring", "2025-03-01", "2025-05-31", "at"),
        ("in fiscal year 2024", "2024-01-01", "2024-12-31", "at"),
        ("fy2023/24", "2023-04-01", "2024-03-31", "at"),
        ("9m 2024", "2024-01-01", "2024-09-30", "at"),
        ("1h25", "2025-01-01", "2025-06-30", "at"),
        ("q1'25", "2025-01-01", "2025-03-31", "at"),
        ("in the 12 months to june 2024", "2023-07-01", "2024-06-30", "at"),
        ("in the year to march", "2024-04-01", "2025-03-31", "at"),
        ("in the year ending 19 march 2024", "2023-04-01", "2024-03-31", "at"),
        ("in the five years to 2023", "2019-01-01", "2023-12-31", "at"),
        ("over the decade to 2023", "2014-01-01", "2023-12-31", "at"),
        ("since independence", "1991-01-01", "2025-04-23", "at"),
        ("within three years", "2025-01-01", "2028-12-31", "at"),
        ("in five years' time", "2030-01-01", "2030-12-31", "at"),
        ("over the next decade", "2025-01-01", "2035-12-31", "at"),
        ("for the full year 2024", "2024-01-01", "2024-12-31", "at"),
        ("in the first three quarters of 2024", "2024-01-01", "2024-09-30", "at"),
        ("from january 2023 to march 2025", "2023-01-01", "2025-03-31", "at"),
        ("in the october-march season", "2024-10-01", "2025-03-31", "at"),
        ("last quarter", "2025-01-01", "2025-03-31", "at"),
        ("as of 1 january 2025", "2025-01-01", "2025-01-01", "at"),
        ("from january through october 2024", "2024-01-01", "2024-10-31", "at"),
    ],
)
def test_spans(words: str, first: str | None, last: str | None, role: str) -> None:
    found = [p for p in Calendar(date(2025, 4, 23)).find(words, 0, len(words)) if p.role != "vague"]
    assert len(found) == 1
    told = found[0]
    assert (told.first and told.first.isoformat(), told.last and told.last.isoformat(), told.role) == (
        first,
        last,
        role,
    )


@pytest.mark.parametrize(
    "words",
    [
        "in three years",
        "in the fall of prices",
        "70s",
        "between 2019 and 20 projects",
        "from 2020 to 11 per cent",
    ],
)
def test_what_only_looks_like_a_span(words: str) -> None:
    assert not [
        p
        for p in Calendar(date(2025, 4, 23)).find(words, 0, len(words))
        if p.granularity in ("span", "quarter")
    ]


def years(text: str) -> list[tuple[str | None, str | None]]:
    table = read(text, published=date(2025, 4, 23), catalogue=CATALOGUE)
    return [
        (a and a.isoformat()[:7], b and b.isoformat()[:7])
        for a, b in table.select("period_start", "period_end").iter_rows()
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # what leans on the period before
        ("In 2019 it was 5 km; a year later it was 9 km.", [("2019-01", "2019-12"), ("2020-01", "2020-12")]),
        ("The branch opened in 2001. Since then 2,400 graduates have left it.", [("2001-01", "2025-04")]),
        # the next sentence goes on, a bracketed comparison does not lead it
        (
            "Trade was $5 billion in 2024 ($4 billion in 2023). Exports made up 60%.",
            [("2024-01", "2024-12"), ("2023-01", "2023-12"), ("2024-01", "2024-12")],
        ),
        # where a change began
        (
            "Exports fell in 2022 from $41 million to $10 million.",
            [("2021-01", "2021-12"), ("2022-01", "2022-12")],
        ),
        (
            "Capacity will rise in 2028 from 28 million to 48 million tons.",
            [("2025-04", "2025-04"), ("2028-01", "2028-12")],
        ),
        # another predicate has its own period
        ("It will lend $1.4 billion for a line, due to open within 48 months.", [(None, None)]),
        ("The plant, opened in 2018, can make 1.1 million tons a year.", [("2025-04", "2025-04")]),
        ("It holds 12% of the reserves and has been the largest producer since 2009.", [("2025-04", "2025-04")]),
        ("Emissions should fall by 15% from their 1990 level by 2030.", [(None, "2030-12")]),
        ("Output was $5bn in 2010 prices.", [("2025-04", "2025-04")]),
    ],
)  # fmt: skip
def test_which_period_a_figure_takes(text: str, expected: list[tuple[str | None, str | None]]) -> None:
    assert years(text) == expected
