"""Ports and rail crossings described in tables: stations, traffic, closures and quotas, and what is wrong with them."""

from __future__ import annotations

import shutil
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen import crossings
from keruen.chain import doubts, with_crossings
from keruen.crossings.analytic import quota_delay
from keruen.crossings.distributions import deterministic, exponential
from keruen.crossings.hours import Calendar, Shift, calendar
from keruen.crossings.layout import Layout, Station, Traffic
from keruen.crossings.posts import read_borders
from keruen.crossings.simulation import simulate_layout
from keruen.crossings.staged import simulate_border, traffic_of
from keruen.crossings.tandem import border_wait
from keruen.errors import InputError
from keruen.kernels import queues
from keruen.tables.folder import builtin
from keruen.tables.registry import TABLES

STATION = {
    "country": "KAZ", "kind": "customs", "servers": 2.0, "service_time": 0.5, "service_cv": 1.0, "distribution": None,
    "observed": None, "opens": None, "closes": None, "weekdays": None, "timezone": None, "room": None, "explains": None,
    "note": None,
}  # fmt: skip
TRAFFIC = {"units_per_vehicle": 1.0, "by_hour": None, "by_weekday": None, "by_month": None}


def table(name: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    """Return rows as a table without validating them, so that tests can break them."""
    return pl.DataFrame(rows, schema=TABLES[name].schema.create_empty().schema, orient="row")


def stations(*rows: dict[str, object], crossing: str = "pass") -> pl.DataFrame:
    return table(
        "station",
        [{**STATION, "crossing_id": crossing, "sequence": i, **row} for i, row in enumerate(rows)],
    )


def traffic(**values: object) -> pl.DataFrame:
    return table("traffic", [{"crossing_id": "pass", **TRAFFIC, **values}])


def quota(vehicles: float, country: str = "CHN", **dates: object) -> pl.DataFrame:
    row = {
        "crossing_id": "pass",
        "country": country,
        "vehicles_per_day": vehicles,
        "valid_from": None,
        "valid_to": None,
    }
    return table("quota", [{**row, **dates, "note": None}])


def run(dataset, crossing: str = "pass", arrivals: float = 60.0, **options):
    options = {"days": 60, "replications": 8, **options}
    return crossings.simulate(dataset, [crossing], arrivals=arrivals, **options)


def test_stations_that_repeat_the_posts_change_nothing(border):
    """Two stations with the lanes and times of the two posts meet the same vehicles and give the same waits."""
    plain = run(border())
    same = run(
        border().with_tables(
            station=stations({"station_id": "west"}, {"station_id": "east", "country": "CHN", "servers": 3.0})
        )
    )
    assert same.summary["wait"].to_list() == plain.summary["wait"].to_list()
    assert same.by_station["station"].to_list() == ["west", "east"]


def test_the_way_back_passes_the_stations_in_the_opposite_order(border):
    dataset = border().with_tables(
        station=stations({"station_id": "west"}, {"station_id": "east", "country": "CHN", "servers": 3.0})
    )
    found = run(dataset, arrivals={"pass/KAZ": 60.0, "pass/CHN": 50.0})
    assert found.summary["direction"].unique().sort().to_list() == ["CHN to KAZ", "KAZ to CHN"]
    assert found.by_station.filter(direction="CHN to KAZ")["station"].to_list() == ["east", "west"]


def test_a_train_of_wagons_meets_a_hall_that_blocks_and_a_ferry(border):
    """A port by tables alone: wagons come in trains, the hall holds twenty, and a ferry takes 52 twice a day."""
    quay = [
        {"station_id": "customs", "servers": 4.0},
        {"station_id": "bogies", "kind": "gauge_change", "servers": 10.0, "service_time": 1.5, "service_cv": 0.3, "room": 20.0},
        {"station_id": "ferry", "kind": "ferry_departure", "servers": 52.0, "service_time": 12.0, "service_cv": 0.0},
    ]  # fmt: skip
    dataset = border().with_tables(
        station=stations(*quay, crossing="quay"),
        traffic=table("traffic", [{"crossing_id": "quay", **TRAFFIC, "units_per_vehicle": 57.0}]),
        traffic_class=table(
            "traffic_class",
            [{"crossing_id": "quay", "class_id": c, "share": s, "rank": r, "before_slot": None}
             for c, s, r in (("perishable", 0.2, 0), ("other", 0.8, 1))],
        ),
    )  # fmt: skip
    found = run(dataset, "quay", 1.5)
    row = found.summary.row(0, named=True)
    assert (row["units_per_vehicle"], row["stable"]) == (57.0, True)
    assert row["throughput"] == pytest.approx(1.5, rel=0.1)
    assert row["little"] < 1e-9
    held = dict(found.by_station.select("station", "blocked").iter_rows())
    assert held["customs"] > 0.0 == held["ferry"]
    wait = dict(found.by_class.select("class_id", "wait").iter_rows())
    assert wait["perishable"] < wait["other"]
    more = (
        run(dataset, "quay", 1.5, lanes={"quay/ferry": 80.0})
        .comparison.filter(measure="wait")
        .row(0, named=True)
    )
    assert more["change_high"] < 0.0


def test_a_ferry_without_a_timetable_is_waited_for_longer(border):
    """Mean wait for the next sailing: half the headway times one plus its squared variation (the inspection paradox)."""
    for cv, wanted in ((0.0, 6.0), (1.0, 12.0)):
        ferry = {
            "station_id": "ferry",
            "kind": "ferry_departure",
            "servers": 500.0,
            "service_time": 12.0,
            "service_cv": cv,
        }
        found = run(border().with_tables(station=stations(ferry, crossing="quay")), "quay", 20.0, days=400)
        row = found.summary.row(0, named=True)
        assert row["wait_low"] - 0.15 <= wanted <= row["wait_high"] + 0.15


def test_a_station_that_explains_a_cause_takes_its_place(border):
    plain = run(border(), "rails", 10.0)
    assert plain.summary["other_delay"][0] == 8.0
    yard = stations(
        {"station_id": "yard", "servers": 20.0, "service_time": 6.0, "explains": "wagons"}, crossing="rails"
    )
    found = run(border().with_tables(station=yard), "rails", 10.0)
    assert found.summary["other_delay"][0] == 2.0
    wrong = yard.with_columns(explains=pl.lit("weather"))
    with pytest.raises(InputError, match="no delay cause"):
        run(border().with_tables(station=wrong), "rails", 10.0)


def test_empirical_times_keep_their_shape_and_the_mean_of_the_table(border):
    seen = stations(
        {"station_id": "gate", "distribution": "empirical", "observed": "1|1|1|5", "service_time": 1.0}
    )
    (toy,), _ = read_borders(border().with_tables(station=seen), ["pass"])
    service = toy.details.stations[0].service
    assert service.mean == pytest.approx(1.0)
    assert sorted(set(service.values)) == pytest.approx([0.5, 2.5])


def test_a_quota_is_told_apart_from_the_queue(border):
    free = run(border(), arrivals={"pass/KAZ": 60.0})
    kept = run(border().with_tables(quota=quota(61.0)), arrivals={"pass/KAZ": 60.0})
    a, b = (found.summary.row(0, named=True) for found in (free, kept))
    assert a["quota_delay"] == 0.0 < b["quota_delay"]
    # The queue behind it grows, for the quota lets in at midnight all at once; what the quota costs is not in it.
    assert a["wait"] < b["wait"] < a["wait"] + b["quota_delay"]
    assert b["time_in_system"] == pytest.approx(b["wait"] + b["quota_delay"] + 1.0, rel=0.05)
    assert "quota of CHN" in kept.by_station["station"].to_list()
    # Lanes do not shorten it.
    wide = run(
        border(CHN={"lanes": 30.0}, KAZ={"lanes": 30.0}).with_tables(quota=quota(61.0)),
        arrivals={"pass/KAZ": 60.0},
    )
    assert wide.summary["quota_delay"][0] == pytest.approx(b["quota_delay"], rel=0.2)


def test_a_quota_holds_on_its_days_and_for_those_who_enter(border):
    over = border().with_tables(quota=quota(64.0, valid_to=date(2023, 12, 31)))
    assert run(over, arrivals={"pass/KAZ": 60.0}).summary["quota_delay"].to_list() == [0.0]
    back = run(border().with_tables(quota=quota(64.0)), arrivals={"pass/CHN": 60.0})
    assert back.summary["direction"].to_list() == ["CHN to KAZ"]
    assert back.summary["quota_delay"].to_list() == [0.0]


def test_more_than_the_quota_says_how_fast_the_queue_grows(border):
    row = run(border().with_tables(quota=quota(40.0)), arrivals={"pass/KAZ": 60.0}, days=10).summary.row(
        0, named=True
    )
    assert (row["stable"], row["binds"]) == (False, "quota of CHN")
    assert row["queue_growth"] == pytest.approx(20.0)


def test_performance_and_flows_know_the_quota(border):
    tonnes = 60.0 * 20.0 * 365.0
    free = crossings.performance(border(), {"pass": (tonnes, 0.0)}, year=2024).row(0, named=True)
    dataset = border().with_tables(quota=quota(64.0))
    kept = crossings.performance(dataset, {"pass": (tonnes, 0.0)}, year=2024).row(0, named=True)
    assert free["quota_delay"] is None
    assert kept["wait"] == free["wait"]
    simulated = run(dataset, arrivals={"pass/KAZ": 60.0}, days=300).summary["quota_delay"][0]
    assert kept["quota_delay"] == pytest.approx(simulated, rel=0.3)
    over = crossings.performance(dataset, {"pass": (tonnes * 1.2, 0.0)}, year=2024).row(0, named=True)
    assert (over["stable"], over["binds"]) == (False, "quota of CHN")
    assert over["queue_growth"] == pytest.approx(8.0)
    plain = crossings.delay_functions(border(), {"pass": (tonnes, 0.0)})
    before = next(f for f in plain if f.crossing_id == "pass")
    function = next(
        f for f in crossings.delay_functions(dataset, {"pass": (tonnes, 0.0)}) if f.crossing_id == "pass"
    )
    assert function.throughput_t_per_year == pytest.approx(64.0 * 20.0 * 365.0)
    assert function(tonnes) > before(tonnes)


def test_a_daily_quota_is_crommelins_queue_seen_at_midnight():
    """The backlog at midnight is the queue of M/D/c with a day's service; the mean delay lies between what that bounds."""
    from keruen.crossings.theory import wait_ggc

    for use in (0.8, 0.9, 0.95):
        found = float(quota_delay([100.0 * use], 100.0, 1.0)[0])
        at_midnight = float(wait_ggc(100.0, 24.0, use, 1.0, 0.0))
        assert 0.0 < found <= at_midnight * 1.6 + 0.2


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(0.0, 200.0), min_size=1, max_size=60),
    st.lists(st.integers(0, 5), min_size=9, max_size=9),
)
def test_an_intake_never_lets_through_more_than_it_may(ready, room):
    ready = np.sort(np.array(ready))
    breaks, allowed = np.arange(9) * 24.0, np.array(room, dtype=np.int64)
    leave = np.empty(ready.size)
    queues.intakes(ready, breaks, allowed, leave)
    assert np.all(leave >= ready)
    assert np.all(np.diff(leave[np.isfinite(leave)]) >= 0.0)
    day = np.searchsorted(breaks, leave[np.isfinite(leave)], side="right") - 1
    assert np.all(np.bincount(day, minlength=9)[:9] <= allowed)
    # Nobody waits while there is room: whoever waits leaves at a break.
    assert set(leave[np.isfinite(leave) & (leave > ready)]) <= set(breaks) | set(leave[:-1])


def test_events_and_recursion_agree_on_a_quota_and_a_ferry():
    days = np.arange(200) * 24.0
    intake = Station("quota of CHN", Calendar(days, np.full(200, 48)), deterministic(0.0), intake=True)
    ferry = Station(
        "ferry",
        Calendar(days[1:], np.full(199, 60)),
        deterministic(0.0),
        sailing=True,
        headway=exponential(20.0),
    )
    layout = Layout((intake, ferry))
    kept = {"days": 60, "seed": 2, "replications": 3, "warmup_days": 0}
    exact = simulate_layout(layout, Traffic(44.0), **kept)
    # A yard that never fills sends the run through the event loop.
    events = simulate_layout(Layout(layout.stations, {"spare": 10}), Traffic(44.0), **kept)
    np.testing.assert_allclose(events.wait, exact.wait, rtol=1e-9)
    np.testing.assert_allclose(events.quota_delay, exact.quota_delay, rtol=1e-9)
    assert exact.quota_delay.mean() > 0.0


def test_a_closure_of_the_tables_shuts_one_side_or_both(border):
    def closed(country):
        row = {"closure_id": "holiday", "crossing_id": "pass", "country": country, "first_day": date(2024, 1, 20),
               "last_day": date(2024, 1, 22), "open_share": 0.0, "reason": "holiday", "note": None}  # fmt: skip
        return border().with_tables(closure=table("closure", [row]))

    free = run(border(), days=40)
    for dataset in (closed(None), closed("CHN")):
        found = run(dataset, days=40)
        assert found.summary["warmup_days"][0] == 0
        queue = found.by_day.filter(direction=found.summary["direction"][0])["queue"].to_list()
        assert queue[22] > 60.0 > queue[18]
        assert found.summary["wait"][0] > free.summary["wait"][0]
    later = run(closed(None), days=40, first_day=date(2024, 3, 1))
    assert max(later.by_day["queue"].to_list()) < 60.0


def test_traffic_by_hour_weekday_and_season_comes_from_the_table(border):
    weights = "|".join(["0"] * 12 + ["1"] * 12)
    month = "|".join(["1", "3"] + ["1"] * 10)
    busy = border().with_tables(traffic=traffic(by_hour=weights, by_weekday="1|1|1|1|1|0|0", by_month=month))
    hours = run(busy, days=28).by_hour.filter(variant="before")
    came = dict(hours.select("hour", "arrivals").iter_rows())
    assert sum(came[h] for h in range(12)) == 0.0 < came[13]
    february = run(busy, days=28, first_day=date(2024, 2, 5))
    january = run(busy, days=21, first_day=date(2024, 1, 8))
    assert february.by_hour["arrivals"].sum() == pytest.approx(
        3.0 * january.by_hour["arrivals"].sum(), rel=0.05
    )


def test_appointments_of_the_table_even_out_the_arrivals(border):
    booked = table(
        "traffic_class",
        [{"crossing_id": "pass", "class_id": "booked", "share": 1.0, "rank": 0, "before_slot": 0.25}],
    )
    free, slots = run(border(), arrivals=84.0), run(border().with_tables(traffic_class=booked), arrivals=84.0)
    assert slots.summary["wait"][0] < free.summary["wait"][0]


def test_the_two_sides_keep_their_own_clock_over_a_change_of_time():
    """Moscow and Warsaw: six in the evening at both is not the same hour, and Warsaw's moves in March."""
    day = date(2026, 3, 28)
    home = calendar([Shift(18, 24, 1)], day, 2, timezone="Europe/Moscow", origin="Europe/Moscow")
    away = calendar([Shift(18, 24, 1)], day, 2, timezone="Europe/Warsaw", origin="Europe/Moscow")
    assert home.breaks.tolist()[1] == 18.0
    opened = away.breaks[away.lanes == 1]
    assert opened[opened > 10.0].tolist()[:2] == [20.0, 43.0]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"servers": 0.0}, "servers"),
        ({"servers": 1e6}, "at most 1000"),
        ({"service_time": -1.0}, "service_time"),
        ({"service_cv": float("nan")}, "service_cv"),
        ({"distribution": "empirical", "observed": None}, "0 values"),
        ({"distribution": "empirical", "observed": "1|two"}, "observed|values"),
        ({"distribution": "empirical", "observed": "1|-2"}, "at least 0"),
        ({"opens": 8.0}, "belong together"),
        ({"opens": 30.0, "closes": 31.0}, "between 0 and 24"),
        ({"weekdays": "89"}, "days 1 to 7"),
        ({"timezone": "Mars/Base"}, "time zone"),
        ({"room": 0.0}, "room"),
        ({"country": "MNG"}, "no side"),
        ({"kind": "ferry_departure", "room": 3.0}, "sailing takes"),
    ],
)
def test_stations_that_cannot_be_are_refused_by_row(border, bad, said):
    dataset = border().with_tables(station=stations({"station_id": "gate", **bad}))
    with pytest.raises(InputError, match=said) as refused:
        run(dataset)
    assert any("pass/gate" in str(finding) for finding in refused.value.findings)


def test_all_faults_of_the_optional_tables_come_at_once(border):
    dataset = border().with_tables(
        station=stations({"station_id": "gate", "servers": -1.0}),
        traffic=traffic(by_hour="1|2", units_per_vehicle=0.0),
        traffic_class=table(
            "traffic_class",
            [{"crossing_id": "pass", "class_id": "all", "share": 0.5, "rank": 0, "before_slot": None}],
        ),
        quota=quota(10.0, "MNG"),
    )
    with pytest.raises(InputError) as refused:
        run(dataset)
    told = str(refused.value)
    for words in ("station[", "24 weights", "units_per_vehicle", "add up to 1", "quota["):
        assert words in told


def test_opening_hours_cross_midnight(border):
    night = stations({"station_id": "gate", "opens": 22.0, "closes": 6.0, "servers": 20.0})
    found = run(border().with_tables(station=night), days=30)
    wait = dict(
        found.by_hour.filter(direction=found.summary["direction"][0]).select("hour", "wait").iter_rows()
    )
    assert wait[23] < 1.0
    assert 10.0 < wait[8] < 18.0


HALL = [
    {"station_id": "customs", "servers": 4.0, "service_time": 0.2, "service_cv": 0.5},
    {"station_id": "hall", "country": "CHN", "servers": 24.0, "service_time": 0.9, "service_cv": 0.5},
]
FERRY = [
    {
        "station_id": "ferry",
        "kind": "ferry_departure",
        "servers": 52.0,
        "service_time": 16.0,
        "service_cv": 0.7,
    }
]
ROAD = [
    {"station_id": "gate", "servers": 3.0, "service_time": 0.25, "service_cv": 0.5},
    {"station_id": "papers", "servers": 2.0, "service_time": 0.2, "service_cv": 1.0},
    {"station_id": "far_gate", "country": "CHN", "servers": 6.0, "service_time": 0.5, "service_cv": 0.5},
]
WEEKDAYS = [{"station_id": "papers", "servers": 6.0, "service_time": 0.25, "service_cv": 0.5, "opens": 9.0, "closes": 18.0,
             "weekdays": "12345"}]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "rows", "units"),
    [("rails", HALL, 50.0), ("quay", FERRY, 52.0), ("pass", ROAD, 1.0), ("pass", WEEKDAYS, 1.0)],
    ids=["trains before a hall", "ferry", "three gates", "weekdays only"],
)
@pytest.mark.parametrize("use", [0.5, 0.75])
def test_the_formula_over_stations_agrees_with_the_simulation(border, name, rows, units, use):
    """The wait by formula is within 12 % of the simulated time at the crossing, the wait of a tenth within 15 %."""
    dataset = border().with_tables(
        station=stations(*rows, crossing=name),
        traffic=table("traffic", [{"crossing_id": name, **TRAFFIC, "units_per_vehicle": units}]),
    )
    (one,), _ = read_borders(dataset, [name])
    vehicles = use * one.throughput
    simulated = simulate_border(
        one, traffic_of(one, vehicles), days=3000 if units > 50.0 else 300, seed=3, replications=4
    )
    found = border_wait(one, vehicles)
    total = float(simulated.wait.mean()) + one.handling_time
    assert abs(found.mean - float(simulated.wait.mean())) < 0.12 * total
    late = simulated.quantile(0.9).mean
    assert abs(found.p90 - late) < 0.15 * (late + one.handling_time)


def test_a_station_that_repeats_the_post_waits_as_the_post_does(border):
    """With one unit to a vehicle and the lanes of the posts, the two formulas are one."""
    same = border().with_tables(
        station=stations({"station_id": "west"}, {"station_id": "east", "country": "CHN", "servers": 3.0})
    )
    rows = [
        crossings.performance(d, {"pass": (4e5, 0.0)}, year=2024).drop("binds").row(0, named=True)
        for d in (border(), same)
    ]
    assert rows[1] == pytest.approx(rows[0])
    assert crossings.delay_functions(same)[0].crossing_id == "pass"


def test_a_wait_that_a_station_makes_plain_is_not_counted_twice(border):
    cause = table("delay_cause", [{"crossing_id": "quay", "cause": "vessel", "hours": 30.0, "note": None}])
    dataset = border().with_tables(
        station=stations({**FERRY[0], "explains": "vessel"}, crossing="quay"), delay_cause=cause,
        traffic=table("traffic", [{"crossing_id": "quay", **TRAFFIC, "units_per_vehicle": 52.0}]),
    )  # fmt: skip
    row = crossings.performance(dataset, {"quay": (1e5, 1e5)}, year=2024).row(0, named=True)
    assert row["other_delay"] == 0.0
    # Few call: the wait is that for the next sailing, mean square over twice the mean.
    assert row["wait"] == pytest.approx(16.0 * (1.0 + 0.7**2) / 2.0, rel=0.1)
    assert row["binds"] == "sailings of ferry"


def test_more_servers_at_a_station_shorten_the_wait_and_draw_goods(tmp_path):
    """A change at a station is seen in `crossing_performance` and in the flows: goods come to the quicker crossing."""
    found = []
    for servers in (2, 8):
        folder = tmp_path / str(servers)
        shutil.copytree(builtin("starter"), folder, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "station.csv").write_text(
            "crossing_id,station_id,country,sequence,kind,servers,service_time,service_cv\n"
            f"gate,papers,ALA,1,customs,{servers},1,1\n"
        )
        rows = with_crossings(folder)["crossing_performance"].filter(pl.col("crossing_id") == "gate")
        found.append(rows.row(0, named=True))
    few, many = found
    assert many["throughput"] == pytest.approx(4 * few["throughput"])
    assert many["wait"] < (np.inf if few["wait"] is None else few["wait"])
    assert many["vehicles_per_day"] > 1.01 * few["vehicles_per_day"]


def test_check_tells_the_faults_of_all_tables_of_crossings_at_once(border):
    dataset = border().with_tables(
        station=stations({"station_id": "papers", "opens": 9.0}),
        traffic=traffic(by_weekday="1|2|3"),
    )
    told = {(f.table, f.column) for f in doubts(dataset)}
    assert {("station", "closes"), ("traffic", "by_weekday")} <= told
    assert crossings.border_findings(border()) == []
