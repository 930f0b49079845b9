"""Uranium and rare earths: what was mined leaves by approved routes alone, and what is not mined moves nothing."""

from __future__ import annotations

import polars as pl
import pytest

from keruen import power, scenarios
from keruen.chain.congestion import congest
from keruen.chain.evidence import weigh
from keruen.network import build
from keruen.tables import Dataset, read_folder

MINED, CONCENTRATE = 21_112.0, 1.179
FITTED = 0.005
"""What the fit of all demand to published totals may move a row by."""


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return weigh(read_folder("kazakhstan")[0]).dataset


def uranium(dataset: Dataset) -> dict[str, float]:
    rows = dataset["demand"].filter(commodity_id="uranium")
    return dict(rows.select("destination", "tonnes").iter_rows())


def rare_earths(dataset: Dataset) -> list[float]:
    """Chemicals that leave Karaganda: no others do."""
    sent = pl.col("origin") == "karaganda", pl.col("traffic_type") == "export"
    return dataset["demand"].filter(*sent, commodity_id="chemicals")["tonnes"].to_list()


def changed(dataset: Dataset, scenario: str) -> Dataset:
    return scenarios.apply(dataset, scenarios.active_changes(dataset, 2023, scenario_id=scenario))


def test_all_that_was_mined_leaves_and_the_west_gets_its_share(dataset: Dataset) -> None:
    sent = uranium(dataset)
    assert sum(sent.values()) == pytest.approx(MINED * CONCENTRATE, rel=FITTED)
    assert sent["poti"] == pytest.approx(2_300.0 * CONCENTRATE, rel=FITTED)
    assert sent["poti"] / (sent["poti"] + sent["st_petersburg"]) == pytest.approx(0.64)
    assert sent["urumqi"] == pytest.approx(0.49 * MINED * CONCENTRATE, rel=FITTED)


def test_uranium_keeps_to_approved_routes(dataset: Dataset) -> None:
    net = build(dataset)
    told = {finding.row for finding in net.findings if finding.table == "restriction"}
    assert {"class7_aze", "class7_geo", "class7_road", "class7_rus_geo"} <= told
    assigned = congest(dataset, net).assignment.tables()
    links = {row["link_id"]: row for row in dataset["link"].iter_rows(named=True)}
    carried = assigned["flow"].filter(commodity_id="uranium")
    for row in carried.iter_rows(named=True):
        link = links[row["link_id"]]
        assert link["mode_id"] != "road", row
        assert link["country"] not in ("KGZ", "UZB", "TKM"), row
    west = assigned["path"].filter(commodity_id="uranium", destination="poti")
    assert west.height
    assert west["tonnes"].sum() == pytest.approx(uranium(dataset)["poti"])
    for path in west["links"].to_list():
        passed = {name.lstrip("-") for name in path}
        assert passed & {"aktau_alat_sea", "kuryk_alat_sea"}, path
        assert all(links[name]["country"] != "RUS" for name in passed), path


def test_without_saint_petersburg_the_caspian_takes_more_than_its_leave(dataset: Dataset) -> None:
    before, after = uranium(dataset), uranium(changed(dataset, "uranium_caspian"))
    assert after["st_petersburg"] == 0.0
    assert after["poti"] == pytest.approx(before["poti"] + before["st_petersburg"], rel=FITTED)
    assert after["poti"] / CONCENTRATE > 3_500.0


def test_rare_earths_move_in_their_scenario_alone(dataset: Dataset) -> None:
    assert rare_earths(dataset) == [0.0, 0.0]
    assert sum(rare_earths(changed(dataset, "rare_earths"))) == pytest.approx(1e6 * 0.4 / 30.0)


def test_the_plant_burns_a_fiftieth_of_what_is_mined(dataset: Dataset) -> None:
    mix = power.power(dataset)["power_mix"].filter(technology="nuclear").sort("year")
    running = mix.filter(pl.col("generation") > 0.0)
    heat = running["generation"] * 1e6 / dataset["plant"].filter(technology="nuclear")["efficiency"][0]
    assert running["fuel"].to_list() == pytest.approx((heat / 127_000.0).to_list())
    assert 0.01 < running["fuel"][-1] / MINED < 0.03
    assert power.power(dataset)["power_mix"].filter(technology="gas")["fuel"].null_count() > 0
    assert "Nuclear fuel, as mined: 428 t in 2036" in "\n".join(power.table_lines(power.power(dataset)))


@pytest.mark.parametrize(
    ("scenario", "option"), [("carbon_40", {"carbon_price": 40.0}), ("nuclear_late", {"nuclear_delay": 2})]
)
def test_a_scenario_says_what_the_option_says(
    dataset: Dataset, scenario: str, option: dict[str, float]
) -> None:
    by_rows, by_option = power.plan_power(dataset, scenario=scenario), power.plan_power(dataset, **option)  # type: ignore[arg-type]
    assert by_rows.cost == pytest.approx(by_option.cost, rel=1e-9)
    assert by_rows.cost > power.plan_power(dataset).cost


def test_a_drought_costs_in_its_years_alone(dataset: Dataset) -> None:
    wet, dry = power.power(dataset)["power_mix"], power.power(dataset, scenario="drought")["power_mix"]
    both = wet.join(dry, on=["year", "technology"], suffix="_dry").filter(technology="hydro")
    less = both.with_columns(loss=1.0 - pl.col("generation_dry") / pl.col("generation"))
    inside = pl.col("year").is_between(2028, 2032)
    assert (less.filter(inside)["loss"] > 0.1).all()
    assert (less.filter(pl.col("year") < 2028)["loss"].abs() < 1e-6).all()
