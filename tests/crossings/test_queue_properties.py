"""What must hold of every layout, however odd: order of times, lanes and yards never overfilled, nobody lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.crossings.analytic import Posts, mean_waits, queue_wait
from keruen.crossings.delay import fit_delay
from keruen.crossings.distributions import deterministic, erlang, exponential, lognormal
from keruen.crossings.hours import Calendar, always
from keruen.crossings.layout import Layout, Station, Traffic
from keruen.crossings.posts import Border, Side
from keruen.crossings.simulation import _arrivals, _events, _Passage

KEY = np.uint64(99)
services = st.sampled_from([deterministic(0.3), exponential(0.3), erlang(0.4, 3), lognormal(0.2, 2.0)])


@st.composite
def calendars(draw) -> Calendar:
    if draw(st.booleans()):
        return always(draw(st.integers(1, 4)))
    gaps = draw(st.lists(st.floats(0.5, 12.0), min_size=1, max_size=6))
    lanes = draw(st.lists(st.integers(0, 4), min_size=len(gaps), max_size=len(gaps)))
    # The last word is an open lane, so that everybody gets through.
    return Calendar(np.append(0.0, np.cumsum(gaps)), np.array([*lanes, 1], dtype=np.int64))


@st.composite
def layouts(draw) -> Layout:
    n = draw(st.integers(1, 4))
    yards = [draw(st.sampled_from(["", f"yard{i}"])) for i in range(n)]
    stations = tuple(
        Station(
            f"s{i}", draw(calendars()), {"a": draw(services), "b": draw(services)},
            draw(st.sampled_from([{}, {"a": 0, "b": 1}, {"b": 0}])), yards[i],
        )
        for i in range(n)
    )  # fmt: skip
    routes = {}
    if n > 1 and draw(st.booleans()):
        routes["b"] = tuple(s.name for s in stations if s.name != f"s{draw(st.integers(0, n - 1))}") or (
            "s0",
        )
    return Layout(stations, {yard: draw(st.integers(1, 5)) for yard in yards if yard}, routes)


def run(layout: Layout, traffic: Traffic) -> _Passage:
    arrival, kind, slot = _arrivals(traffic, date(2024, 1, 1), 3, KEY)
    return _events(layout, traffic, arrival, kind, slot, KEY)


def most_at_once(begin: np.ndarray, end: np.ndarray) -> int:
    """Most intervals open at one time; one that ends as another begins does not overlap it."""
    steps = sorted([(t, 1) for t in begin] + [(t, -1) for t in end])
    return int(max(np.cumsum([step for _, step in steps]), default=0))


@settings(max_examples=150, deadline=None)
@given(layouts(), st.floats(5.0, 60.0), st.booleans())
def test_every_run(layout, per_day, booked):
    early = {"a": exponential(0.5)} if booked else {}
    traffic = Traffic(per_day=per_day, shares={"a": 0.4, "b": 0.6}, early=early)
    passage = run(layout, traffic)
    visited = ~np.isnan(passage.enter)
    assert np.isfinite(passage.leave[visited]).all()  # one direction and no shared yard: nothing locks up
    for before, after in (("enter", "start"), ("start", "finish"), ("finish", "leave")):
        assert (getattr(passage, before)[visited] <= getattr(passage, after)[visited]).all()
    for s, station in enumerate(layout.stations):
        came = visited[:, s]
        calendar = station.calendar
        held = most_at_once(passage.start[came, s], passage.leave[came, s])
        assert held <= calendar.most
        # Nothing starts while every lane is closed.
        lanes = calendar.lanes[np.searchsorted(calendar.breaks, passage.start[came, s], side="right") - 1]
        assert (lanes > 0).all()
        if station.yard:
            # Whoever waits at the gate of its first yard is outside it: count those from the start of service.
            outside = visited.argmax(axis=1)[came] == s
            inside = np.where(outside, passage.start[came, s], passage.enter[came, s])
            assert most_at_once(inside, passage.leave[came, s]) <= layout.yards[station.yard]
    first = passage.enter[np.arange(passage.arrival.size), visited.argmax(axis=1)]
    assert np.array_equal(first, passage.arrival)
    left = np.where(visited, passage.leave, 0.0).max(axis=1)
    assert np.isclose(passage.area, (left - passage.arrival).sum(), rtol=1e-9)
    again = run(layout, traffic)
    assert passage.leave.tobytes() == again.leave.tobytes()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 4), services, st.floats(10.0, 80.0))
def test_more_lanes_never_lengthen_any_wait_in_turn(lanes, service, per_day):
    waits = []
    for more in (0, 1):
        layout = Layout((Station("gate", always(lanes + more), {"a": service, "b": service}),))
        passage = run(layout, Traffic(per_day=per_day, shares={"a": 0.5, "b": 0.5}))
        waits.append(passage.start[:, 0] - passage.enter[:, 0])
    assert (waits[1] <= waits[0] + 1e-9).all()


sides = st.builds(
    Side,
    st.just("KAZ"), st.just("customs"), st.floats(0.5, 40.0), st.floats(1.0, 24.0), st.floats(0.05, 24.0),
    st.floats(0.0, 3.0), st.floats(0.0, 3.0),
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(sides, min_size=1, max_size=2))
def test_the_formula_grows_with_traffic_and_is_finite(posts):
    posts = tuple(posts)
    throughput = min(side.throughput for side in posts)
    uses = np.linspace(0.0, 0.999, 60)
    night, chance = mean_waits(Posts.of(posts), uses * throughput)
    waits = night + chance
    assert np.isfinite(waits).all()
    assert (waits >= 0.0).all()
    if len(posts) == 1:  # a first side that smooths bursts can, as it fills, shorten the wait at the second
        assert (np.diff(waits) >= -1e-9 * (1.0 + waits[1:])).all()
    assert np.isinf(mean_waits(Posts.of(posts), 1.001 * throughput)[1])
    p90 = queue_wait(posts, 0.9 * throughput).p90
    assert np.isfinite(p90)
    assert p90 >= 0.0


@settings(max_examples=100, deadline=None)
@given(sides, st.floats(0.1, 0.95), st.floats(1.0, 4.0))
def test_more_lanes_shorten_the_wait_by_formula(side, use, factor):
    vehicles = use * side.throughput
    before = sum(mean_waits(Posts.of((side,)), vehicles))
    after = sum(mean_waits(Posts.of((replace(side, lanes=side.lanes * factor),)), vehicles))
    assert after <= before * (1.0 + 1e-9) + 1e-12


@settings(max_examples=60, deadline=None)
@given(st.lists(sides, min_size=1, max_size=2), st.floats(0.0, 500.0))
def test_fitted_delays_never_fall(posts, other_delay):
    border = Border("toy", "toy", "road", "A", tuple(posts), 20.0, 0.3, other_delay, "toy")
    fitted = fit_delay(border)
    volumes = np.linspace(0.0, 3.0, 100) * fitted.throughput_t_per_year
    delays = np.array([fitted(volume) for volume in volumes])
    assert np.isfinite(delays).all()
    assert (np.diff(delays) >= 0.0).all()
    assert delays[-1] > delays[0]
    assert delays[0] >= other_delay
