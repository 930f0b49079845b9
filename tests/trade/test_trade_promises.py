"""Promises: every verdict on a small case, the test cases of the reference model, the feed and the screen."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest

from keruen import load, weigh
from keruen.formats.frames import frame_to_bytes
from keruen.tables import Dataset, check
from keruen.tables.evidence import Figure, Source, Statement
from keruen.tables.trade import VERDICTS, PriceIndex, Promise, PromiseVersion
from keruen.trade import change_lines, changes, findings, promise_lines, promise_summary, promises
from keruen.trade.picture import promise_picture
from keruen.trade.screen import WORDS


def frame(schema: Any, rows: list[dict[str, Any]]) -> pl.DataFrame:
    empty = schema.create_empty()
    return pl.DataFrame([dict.fromkeys(empty.columns) | r for r in rows], schema=empty.schema, orient="row")


def said(
    name: str, source: str, value: float, year: int | None, *, kind: str = "target", unit: str = "t"
) -> dict[str, Any]:
    return {
        "statement_id": name, "source_id": source, "start": 0, "end": 1, "quote": f"{value:g} {unit}",
        "value": value, "unit": unit, "modifier": "exact", "granularity": "year" if year else "none",
        "period_end": dt.date(year, 12, 31) if year else None, "period_inferred": False, "kind": kind,
        "indicator_id": "freight_transit", "place_id": "ALA", "sentence_start": 0, "sentence_end": 1,
    }  # fmt: skip


def figure(
    period: str, aspect: str, value: float, rests: list[str], aside: tuple[str, ...] = ()
) -> dict[str, Any]:
    return {
        "figure_id": f"freight_transit/ALA/-/-/{period}/{aspect}", "indicator_id": "freight_transit",
        "place_id": "ALA", "period": period, "aspect": aspect, "unit": "t", "estimate": value,
        "rests_on": rests, "set_aside": list(aside), "explanation": "",
    }  # fmt: skip


SOURCES = {"early": "2021-05-01", "middle": "2023-05-01", "late": "2025-03-01"}


def world(figures: list[dict[str, Any]], statements: list[dict[str, Any]], **tables: pl.DataFrame) -> Dataset:
    sources = [
        {"source_id": s, "title": s, "publisher": f"The {s} paper", "published": dt.date.fromisoformat(day),
         "language": "en", "weight": 1.0}
        for s, day in SOURCES.items()
    ]  # fmt: skip
    return Dataset(
        {
            "source": frame(Source, sources),
            "statement": frame(Statement, statements),
            "figure": frame(Figure, figures),
            **tables,
        }
    )


def verdict(dataset: Dataset) -> tuple[str, str]:
    rows = promises(dataset)["promise_status"]
    assert rows.height == 1
    return rows["verdict"][0], rows["explanation"][0]


AIM = [said("aim", "early", 30.0, 2023)]


def judged(values: dict[int, float], source: str = "late") -> tuple[str, str]:
    """Verdict on 30 t by 2023, said in May 2021, given what was measured."""
    figures = [figure("..2023", "target", 30.0, ["aim"])]
    statements = list(AIM)
    for year, value in values.items():
        figures.append(figure(str(year), "actual", value, [f"m{year}"]))
        statements.append(said(f"m{year}", source, value, year, kind="reported"))
    return verdict(world(figures, statements))


def test_met_in_time() -> None:
    word, why = judged({2022: 25.0, 2023: 30.0})
    assert word == "met"
    assert why == "30 t by 2023 was reached: 30 t in 2023."


def test_late_when_the_deadline_passed_and_when_it_came_after() -> None:
    assert judged({2022: 25.0, 2023: 29.0}) == (
        "late", "30 t by 2023 was not reached: 29 t in 2023.",
    )  # fmt: skip
    assert judged({2023: 29.0, 2024: 31.0})[1] == "30 t by 2023 came late: 31 t in 2024."


def test_no_evidence_without_a_figure_of_the_deadlines_year() -> None:
    word, why = judged({2022: 25.0})
    assert word == "no_evidence"
    assert why == "30 t by 2023 is due, but no figure of 2023 is known; it stood at 25 t in 2022."
    assert judged({})[0] == "no_evidence"
    assert judged({2024: 31.0}) == (
        "no_evidence", "30 t by 2023 is reached by now: 31 t in 2024; no figure of 2023 is known.",
    )  # fmt: skip
    assert judged({2024: 29.0})[0] == "late"


def test_what_stood_before_or_was_said_at_once_keeps_no_promise() -> None:
    assert judged({2020: 99.0})[0] == "no_evidence"
    assert judged({2021: 99.0}, source="early")[0] == "no_evidence"
    assert judged({2021: 99.0}, source="middle")[0] == "met"


def test_open_before_the_deadline() -> None:
    data = world(
        [figure("..2030", "target", 40.0, ["aim"]), figure("2024", "actual", 20.0, ["m"])],
        [said("aim", "middle", 40.0, 2030), said("m", "late", 20.0, 2024, kind="reported")],
    )
    row = promises(data)["promise_status"].row(0, named=True)
    assert row["verdict"] == "open"
    assert row["needed_growth"] == pytest.approx(2.0 ** (1 / 6) - 1)
    assert row["evidence_statements"] == ["m"]


def in_money() -> Dataset:
    """$100 in 2024, $200 by 2034, and prices that rise by 3 % a year."""
    aim = said("aim", "late", 200.0, 2034, unit="USD")
    got = said("m", "late", 100.0, 2024, kind="reported", unit="USD")
    money = {"indicator_id": "export", "unit": "USD"}
    figures = [
        figure("..2034", "target", 200.0, ["aim"]) | money | {"figure_id": "export/ALA/-/-/..2034/target"},
        figure("2024", "actual", 100.0, ["m"]) | money | {"figure_id": "export/ALA/-/-/2024/actual"},
    ]
    index = frame(
        PriceIndex,
        [{"index_id": "USD", "year": 2014 + k, "value": 1.03**k, "citation": "made up"} for k in range(11)],
    )
    return world(figures, [aim, got], price_index=index)


def test_an_aim_in_money_is_split_into_price_and_volume() -> None:
    """From $100 in 2024 to $200 by 2034 takes 7.18 % a year; with prices rising by 3 % that is 4.06 % in volume."""
    row = promises(in_money())["promise_status"].row(0, named=True)
    assert row["needed_growth"] == pytest.approx(2.0**0.1 - 1.0)
    assert row["needed_volume_growth"] == pytest.approx(2.0**0.1 / 1.03 - 1.0)


def test_redefined_by_level_and_moved_by_year() -> None:
    level = world(
        [figure("..2030", "target", 15.0, ["new"], aside=("old",))],
        [said("old", "early", 10.0, 2030), said("new", "middle", 15.0, 2030)],
    )
    assert verdict(level) == (
        "redefined", "10 t by 2030 became 15 t by 2030 on 2023-05-01; no figure of it is known.",
    )  # fmt: skip
    moved = world(
        [figure("..2022", "target", 10.0, ["old"]), figure("..2026", "target", 10.0, ["new"])],
        [said("old", "early", 10.0, 2022), said("new", "middle", 10.0, 2026)],
    )
    judged_moved = promises(moved)
    assert judged_moved["promise_status"]["verdict"].to_list() == ["late"]
    assert judged_moved["promise_history"]["event"].to_list() == ["announced", "moved"]
    assert judged_moved["promise_status"]["explanation"][0].startswith(
        "10 t by 2022 passed unmet and was moved to 2026 on 2023-05-01"
    )


def test_unmeasurable_without_a_deadline() -> None:
    data = world([figure("-", "target", 30.0, ["aim"])], [said("aim", "early", 30.0, None)])
    assert verdict(data) == ("unmeasurable", "No deadline was ever given, so nothing can miss 30 t.")


def test_a_conversion_in_brackets_is_one_saying() -> None:
    first = said("usd", "early", 10.2, None, kind="pledge", unit="USD") | {"converts": "eur"}
    second = said("eur", "early", 10.0, None, kind="pledge", unit="EUR")
    pledged = figure("-", "pledge", 10.2, ["usd", "eur"]) | {"unit": "USD"}
    row = promises(world([pledged], [first, second]))["promise_status"].row(0, named=True)
    assert row["versions"] == 1
    assert sorted(row["statements"]) == ["eur", "usd"]
    assert row["value"] == 10.2


def test_a_pledge_keeps_the_money_it_was_made_in() -> None:
    pledged = figure("-", "pledge", 13.0, ["eur"]) | {"unit": "USD"}
    data = world([pledged], [said("eur", "early", 12.0, None, kind="pledge", unit="EUR")])
    row = promises(data)["promise_status"].row(0, named=True)
    assert (row["value"], row["unit"]) == (12.0, "EUR")
    assert row["explanation"] == "No deadline was ever given, so nothing can miss €12."


def test_less_is_better_where_the_promise_says_so() -> None:
    named = frame(Promise, [{
        "promise_id": "shorter", "label": "Shorter", "office": "Ministry", "indicator_id": "freight_transit",
        "place_id": "ALA", "measured_by": "freight_transit", "sense": "at_most",
        "figures": "freight_transit/ALA/-/-/..2023/target",
    }])  # fmt: skip
    figures = [figure("..2023", "target", 30.0, ["aim"]), figure("2023", "actual", 31.0, ["m"])]
    statements = [*AIM, said("m", "late", 31.0, 2023, kind="reported")]
    assert verdict(world(figures, statements, promise=named))[0] == "late"
    figures[1]["estimate"] = 29.0
    assert verdict(world(figures, statements, promise=named))[0] == "met"


def written(**changed: Any) -> dict[str, pl.DataFrame]:
    promise = {
        "promise_id": "p", "label": "Something", "office": "Ministry", "indicator_id": "freight_transit",
        "place_id": "ALA", "measured_by": "freight_transit", "sense": "at_least",
    }  # fmt: skip
    version = {"promise_id": "p", "announced": dt.date(2024, 1, 1), "version": "a", "value": 5.0,
               "deadline": 2028, "citation": "a page"}  # fmt: skip
    return {
        "promise": frame(Promise, [promise | changed.get("promise", {})]),
        "promise_version": frame(PromiseVersion, [version | changed.get("version", {})]),
    }


def test_a_promise_written_down_needs_no_statement() -> None:
    status = promises(world([], [], **written()))["promise_status"].row(0, named=True)
    assert status["verdict"] == "no_evidence"
    assert status["said_in"] == ["a page"]
    assert status["statements"] == []


def test_findings_name_unknown_figures_and_deadlines_before_their_announcement() -> None:
    data = world([], [], **written(version={"deadline": 2020}))
    assert [(f.column, f.value) for f in findings(data)] == [("deadline", "2020")]
    figures = [figure("..2023", "target", 30.0, ["aim"])]
    near = written(promise={"figures": "freight_transit/ALA/-/-/..2022/target"})
    (found,) = findings(world(figures, AIM, **near))
    assert found.remedy == "did you mean 'freight_transit/ALA/-/-/..2023/target'?"


def test_judging_twice_changes_nothing() -> None:
    once = promises(weigh(load("starter")).dataset)
    twice = promises(once)
    for table in ("yearly_series", "promise_history", "promise_status"):
        assert twice[table].equals(once[table])
    assert check(once) == []


def test_the_order_of_rows_changes_no_verdict(kazakhstan: Dataset) -> None:
    shuffled = kazakhstan.with_tables(
        **{
            t: kazakhstan[t].sample(fraction=1.0, shuffle=True, seed=7)
            for t in ("figure", "statement", "source", "promise", "promise_version", "series")
        }
    )
    again = promises(shuffled)
    for table in ("promise_status", "promise_history", "yearly_series"):
        assert again[table].equals(kazakhstan[table])


def test_the_feed_tells_new_moved_kept_and_broken() -> None:
    aims = [figure("..2023", "target", 30.0, ["aim"])]
    before = promises(world(aims, AIM))
    kept = promises(world([*aims, figure("2023", "actual", 31.0, ["m"])],
                          [*AIM, said("m", "late", 31.0, 2023, kind="reported")]))  # fmt: skip
    broken = promises(world([*aims, figure("2023", "actual", 29.0, ["m"])],
                            [*AIM, said("m", "late", 29.0, 2023, kind="reported")]))  # fmt: skip
    moved = promises(world([*aims, figure("..2026", "target", 30.0, ["new"])],
                           [*AIM, said("new", "middle", 30.0, 2026)]))  # fmt: skip
    nothing = promises(world([], []))
    assert changes(nothing, before)["event"].to_list() == ["new"]
    assert changes(before, nothing)["event"].to_list() == ["gone"]
    assert changes(before, kept)["event"].to_list() == ["kept"]
    assert changes(before, broken)["event"].to_list() == ["broken"]
    assert changes(before, moved)["event"].to_list() == ["moved", "broken"]
    assert changes(before, before).height == 0


@pytest.fixture(scope="module")
def kazakhstan() -> Dataset:
    return promises(weigh(load("kazakhstan")).dataset)


CASES = {
    "transit_2023": ("met", 24.5e6, 2023),
    "transit_2025": ("no_evidence", 30e6, 2025),
    "transit_2029": ("open", 35e6, 2029),
    "transit_2035": ("open", 100e6, 2035),
    "crossings_russia": ("redefined", 29.0, 2027),
    "crossings_all": ("redefined", 37.0, 2030),
    "renewables_2030": ("redefined", 15.0, 2030),
    "trade_russia_30bn": ("unmeasurable", 30e9, None),
}


@pytest.mark.parametrize("name", CASES)
def test_the_cases_of_the_reference_model(kazakhstan: Dataset, name: str) -> None:
    row = kazakhstan["promise_status"].row(by_predicate=pl.col("promise_id") == name, named=True)
    assert (row["verdict"], row["value"], row["deadline"]) == CASES[name]
    assert row["statements"]
    held = set(kazakhstan["statement"]["statement_id"])
    assert set(row["statements"]) <= held
    assert set(row["evidence_statements"]) <= held


def test_the_crossings_were_36_then_34_then_37(kazakhstan: Dataset) -> None:
    versions = kazakhstan["promise_history"].filter(pl.col("promise_id") == "crossings_all")
    assert versions.select("value", "deadline", "event").rows() == [
        (36.0, 2029, "announced"), (34.0, 2028, "redefined"), (37.0, 2030, "redefined"),
    ]  # fmt: skip


def test_the_road_map_of_2020_came_before_29_of_30(kazakhstan: Dataset) -> None:
    row = kazakhstan["promise_status"].row(
        by_predicate=pl.col("promise_id") == "crossings_russia", named=True
    )
    assert row["explanation"].startswith("30 crossings by 2025 became 29 crossings by 2027 on 2024-03-05")
    assert "http://www.ved.gov.ru/eng/general/news/19/25979.html" in row["said_in"][0]


def test_the_table_says_who_and_every_level_and_year(kazakhstan: Dataset) -> None:
    told = " ".join(" ".join(promise_lines(kazakhstan, width=4000)).split())
    assert "Ministry of Energy of Kazakhstan. 2021-03-15: 10 % by 2030; then 2022-02-15: 15 % by 2030" in told
    for level in ("36 crossings by 2029", "34 crossings by 2028", "37 crossings by 2030"):
        assert level in told
    assert "unmeasurable: no year given" in told
    assert "no evidence: no figure of 2025" in told


def test_an_aim_in_money_shows_its_price_and_volume_on_the_screen() -> None:
    told = " ".join(" ".join(promise_lines(promises(in_money()), width=4000)).split())
    assert "needs +7.2 % a year (+4.1 % in volume)" in told


def test_the_feed_is_told_what_went_wrong_first() -> None:
    feed = pl.DataFrame(
        [("a", "A", "new", "", "5 t by 2030"), ("b", "B", "broken", "open", "B was not reached."), ("c", "C", "moved", "by 2025", "by 2030")],
        schema=["promise_id", "label", "event", "was", "now"], orient="row",
    )  # fmt: skip
    assert change_lines(feed) == [
        "Broken: B: open → B was not reached.", "Moved: C: by 2025 → by 2030", "New: A: 5 t by 2030",
    ]  # fmt: skip
    assert change_lines(feed.clear()) == ["Nothing happened to any promise."]


def test_the_picture_has_a_dot_for_every_saying_and_a_bar_for_every_year(kazakhstan: Dataset) -> None:
    root = ElementTree.fromstring(promise_picture(kazakhstan, ["crossings_all", "trade_russia_30bn"]))
    tag = "{http://www.w3.org/2000/svg}"
    hints = [title.text for circle in root.iter(f"{tag}circle") for title in circle.iter(f"{tag}title")]
    assert len(hints) == 3 + 2
    assert "2025-10-15: redefined, 37 crossings by 2030" in hints
    assert len(list(root.iter(f"{tag}rect"))) == 3 + 1  # one explains the bars
    with pytest.raises(ValueError, match="no promise to draw"):
        promise_picture(kazakhstan, [])


def test_removing_the_statement_behind_a_verdict_changes_it(kazakhstan: Dataset) -> None:
    row = kazakhstan["promise_status"].row(by_predicate=pl.col("promise_id") == "transit_2023", named=True)
    without = kazakhstan.with_tables(
        figure=kazakhstan["figure"].filter(~pl.col("figure_id").is_in(row["evidence"]))
    )
    after = promises(without)["promise_status"]
    assert (
        after.row(by_predicate=pl.col("promise_id") == "transit_2023", named=True)["verdict"] == "no_evidence"
    )
    others = pl.col("indicator_id") != "freight_transit"
    assert after.filter(others).equals(kazakhstan["promise_status"].filter(others))


def test_formulas_are_neutralised_in_csv() -> None:
    named = written(promise={"label": "=1+1"})
    status = promises(world([], [], **named))["promise_status"]
    assert "'=1+1" in frame_to_bytes(status, Path("p.csv")).decode()


def test_the_screen_fits_and_counts(kazakhstan: Dataset) -> None:
    assert set(WORDS) == set(VERDICTS)
    lines = promise_lines(kazakhstan, width=100)
    assert max(map(len, lines)) <= 100
    assert "24.5 million" in "\n".join(lines)
    n = kazakhstan["promise_status"].height
    assert any(line.startswith(f"{n} promises as of ") for line in lines[-2:])
    assert re.match(rf"{n} promises: \d+ late, \d+ redefined, 1 met, ", promise_summary(kazakhstan))
    assert promise_lines(Dataset({})) == ["Nothing was promised that the evidence tells of."]
    assert promise_summary(Dataset({})) == "no promise was read"
