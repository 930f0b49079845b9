"""Simulation against theory: every interval here is one of 99 % on fixed seeds."""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from keruen.crossings import theory
from keruen.crossings.distributions import deterministic, empirical, erlang, exponential, lognormal
from keruen.crossings.hours import Calendar, Closure, Shift, always, calendar
from keruen.crossings.layout import Layout, Station, Traffic
from keruen.crossings.simulation import estimate, simulate_layout
from keruen.errors import InputError


def holds(samples: np.ndarray, exact: float) -> bool:
    """Whether the exact value lies in the 99 % interval of replications."""
    half = stats.t.ppf(0.995, samples.size - 1) * samples.std(ddof=1) / np.sqrt(samples.size)
    return abs(samples.mean() - exact) <= half


def gate(servers: int, service, **options) -> Layout:
    return Layout((Station("gate", always(servers), service, **options),))


def traffic(servers: int, rho: float, **options) -> Traffic:
    return Traffic(per_day=24.0 * servers * rho, **options)


@pytest.mark.parametrize(("servers", "rho"), [(1, 0.5), (1, 0.8), (2, 0.9), (4, 0.9), (8, 0.8), (16, 0.9)])
def test_erlang_c(servers, rho):
    run = simulate_layout(
        gate(servers, exponential(1.0)),
        traffic(servers, rho),
        days=200 + 6000 // servers,
        warmup_days=100,
        seed=3,
        replications=10,
    )
    assert holds(run.wait, float(theory.wait_mmc(servers, 1.0, rho)))
    waiting = servers * rho * float(theory.wait_mmc(servers, 1.0, rho))
    assert holds(run.queue_by_hour.mean(axis=1), waiting)  # Little, against the formula
    assert run.little.max() < 1e-7
    assert run.utilisation[0] == pytest.approx(rho)
    # The wait of those who wait is exponential.
    share = float(theory.erlang_c(servers, rho))
    if share > 0.1:
        p90 = float(theory.wait_mmc(servers, 1.0, rho)) / share * np.log(share / 0.1)
        assert run.quantile(0.9).mean == pytest.approx(p90, rel=0.04)


@pytest.mark.parametrize(
    "service", [deterministic(1.0), erlang(1.0, 2), lognormal(1.0, 1.5), empirical([0.5, 0.5, 2.0])]
)
def test_pollaczek_khinchine(service):
    run = simulate_layout(
        gate(1, service), traffic(1, 0.8), days=3000, warmup_days=100, seed=5, replications=20
    )
    assert holds(
        run.wait, 0.8 * service.mean**2 * (1 + service.cv**2) / (2 * service.mean * (1 - 0.8 * service.mean))
    )


@pytest.mark.parametrize(("servers", "rho"), [(1, 0.8), (4, 0.9), (8, 0.7)])
def test_cobham(shared: Path, servers, rho):
    rows = csv.DictReader((shared / "queues" / "queue_reference.csv").open())
    exact = {
        row["metric"]: float(row["value"])
        for row in rows
        if row["model"].startswith("M/M/c prio") and row["c"] == str(servers) and row["rho"] == str(rho)
    }
    layout = gate(servers, exponential(1.0), priority={"perishable": 0, "other": 1})
    run = simulate_layout(
        layout, traffic(servers, rho, shares={"perishable": 0.3, "other": 0.7}),
        days=100 + 4000 // servers, warmup_days=100, seed=7, replications=20,
    )  # fmt: skip
    assert holds(run.wait_by_class[:, 0], exact["Wq_high*mu"])
    assert holds(run.wait_by_class[:, 1], exact["Wq_low*mu"])
    assert run.little.max() < 1e-7


def slow_m_d_c(servers: int, rho: float) -> float:
    """Mean wait of M/D/c in service times, from the chain of vehicles present one service time apart (Crommelin 1932)."""
    size = 400
    arrivals = stats.poisson.pmf(np.arange(size), servers * rho)
    chain = np.zeros((size, size))
    for n in range(size):
        kept = max(n - servers, 0)
        chain[n, kept:] = arrivals[: size - kept]
        chain[n, -1] += 1 - chain[n].sum()
    share = np.full(size, 1 / size)
    for _ in range(3000):
        share = share @ chain
    queue = float((share * np.maximum(np.arange(size) - servers, 0)).sum())
    return queue / (servers * rho)


@pytest.mark.parametrize(("servers", "rho"), [(2, 0.8), (4, 0.9), (8, 0.8)])
def test_m_d_c(servers, rho):
    exact = slow_m_d_c(servers, rho)
    run = simulate_layout(
        gate(servers, deterministic(1.0)),
        traffic(servers, rho),
        days=1000,
        warmup_days=100,
        seed=11,
        replications=10,
    )
    assert holds(run.wait, exact)
    # The formula that feeds the flows is closer than Allen and Cunneen's.
    ours = float(theory.wait_ggc(servers, 1.0, rho, 1.0, 0.0))
    assert abs(ours - exact) < abs(float(theory.wait_mmc(servers, 1.0, rho)) / 2 - exact)
    assert ours == pytest.approx(exact, rel=0.02)


def test_tandem_has_product_form():
    layout = Layout(
        (Station("exit", always(2), exponential(0.5)), Station("entry", always(3), exponential(0.9)))
    )
    run = simulate_layout(layout, Traffic(per_day=72.0), days=1200, warmup_days=100, seed=13, replications=20)
    assert holds(run.wait_by_station[:, 0], float(theory.wait_mmc(2, 0.5, 0.75)))
    assert holds(run.wait_by_station[:, 1], float(theory.wait_mmc(3, 0.9, 0.9)))


def test_closed_at_night_follows_cumulative_curves():
    # One truck every hour at half past, each handled in half an hour from 12 to 24: D(t)/D/1 by hand.
    times = tuple(float(t) + 0.5 for t in range(24 * 10))
    open_noon = calendar([Shift(12, 24, 1)], date(2024, 1, 1), 30)
    layout = Layout((Station("gate", open_noon, deterministic(0.5)),))
    run = simulate_layout(layout, Traffic(times=times), days=10, seed=1, replications=1, warmup_days=0)
    clock, waits = 0.0, []
    for t in times:
        clock = max(clock, t)
        if clock % 24 < 12:
            clock += 12 - clock % 24
        waits.append(clock - t)
        clock += 0.5
    assert run.wait[0] == pytest.approx(np.mean(waits))
    assert run.wait_quantiles[0, 3] == pytest.approx(np.quantile(waits, 0.5))


def test_unstable_says_so_and_still_ends():
    run = simulate_layout(gate(2, exponential(1.0)), Traffic(per_day=60), days=1, seed=2, replications=20)
    assert not run.stable
    assert run.growth == pytest.approx(12.0)
    assert run.warmup_days == 0
    assert np.isfinite(run.wait).all()
    assert (run.unserved == 0).all()  # the queue is worked off after the traffic stops


def test_growth_is_what_the_simulation_shows():
    run = simulate_layout(gate(2, exponential(1.0)), Traffic(per_day=60), days=60, seed=2, replications=20)
    slope = np.diff(run.queue_by_day[:, [10, 50]], axis=1)[:, 0] / 40
    assert holds(slope, 12.0)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not():
    layout = gate(3, lognormal(1.0, 0.8), priority={"a": 0})
    flow = Traffic(
        per_day=60, shares={"a": 0.4, "b": 0.6}, by_hour=tuple(range(1, 25)), by_weekday=(1, 1, 1, 1, 1, 0, 0)
    )
    one, two, other = (simulate_layout(layout, flow, days=28, seed=s, replications=4) for s in (1, 1, 2))
    assert one.wait.tobytes() == two.wait.tobytes()
    assert one.queue_by_hour.tobytes() == two.queue_by_hour.tobytes()
    assert one.wait.tobytes() != other.wait.tobytes()


def test_arrivals_follow_hours_weekdays_and_batches():
    flow = Traffic(per_day=570, by_hour=(0,) * 12 + (1,) * 12, batch=57)
    run = simulate_layout(
        gate(60, deterministic(0.2)), flow, days=280, seed=4, replications=10, warmup_days=0
    )
    assert run.arrivals_by_hour[:, :12].sum() == 0
    assert holds(run.arrivals_by_hour.sum(axis=1), 570.0)
    # A train of 57 wagons at one lane: the k-th wagon waits for k - 1 others.
    alone = simulate_layout(
        gate(1, deterministic(0.01)),
        Traffic(per_day=5.7, batch=57),
        days=4000,
        seed=4,
        replications=10,
        warmup_days=0,
    )
    assert alone.wait.mean() == pytest.approx(0.28, rel=0.02)


def test_a_closure_and_its_recovery():
    shut = calendar(
        [Shift(0, 24, 2)],
        date(2024, 1, 1),
        60,
        closures=[Closure(datetime(2024, 1, 11), datetime(2024, 1, 12))],
    )
    layout = Layout((Station("gate", shut, deterministic(0.5)),))
    run = simulate_layout(layout, Traffic(per_day=48), days=20, seed=6, replications=10, warmup_days=0)
    queue = run.queue_by_day.mean(axis=0)
    assert queue[9] < 1 < 20 < queue[10]
    assert queue[19] < 3


def test_ferries_take_a_full_load():
    ferry = Calendar(np.arange(12.0, 24.0 * 40, 24.0), np.full(40, 52, dtype=np.int64))
    layout = Layout((Station("ferry", ferry, deterministic(0.0), sailing=True),))
    run = simulate_layout(layout, Traffic(per_day=24, cv=0.0), days=30, seed=1, replications=2, warmup_days=0)
    assert run.wait.mean() == pytest.approx(11.5, abs=0.2)
    assert run.utilisation[0] == pytest.approx(24 / 52)


def test_all_faults_of_a_run_at_once():
    layout = Layout(
        (
            Station("a", always(0), exponential(1.0), yard="nowhere"),
            Station("b", always(1), {"x": exponential(1.0)}),
        ),
        yards={"full": 0},
    )
    with pytest.raises(InputError) as error:
        simulate_layout(
            layout, Traffic(per_day=-1, by_hour=(1, 2), shares={"x": 0.2, "y": 0.2}), days=1, seed=1
        )
    assert {(f.row, f.column) for f in error.value.findings} == {
        ("a", "lanes"), ("a", "yard"), ("b", "service"), ("full", "yards"), ("", "per_day"), ("", "by_hour"), ("", "shares"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "make",
    [
        lambda: empirical([]),
        lambda: empirical([1.0, -1.0]),
        lambda: exponential(0.0),
        lambda: lognormal(1.0, float("nan")),
        lambda: erlang(1.0, 0),
        lambda: calendar([], date(2024, 1, 1), 1),
        lambda: calendar([Shift(8, 20, 10**6)], date(2024, 1, 1), 1),
        lambda: calendar([Shift(-1, 30, 1)], date(2024, 1, 1), 1, timezone="Mars/Olympus"),
        lambda: calendar([Shift(0, 24, 1)], date(2024, 1, 1), 10**6),
        lambda: simulate_layout(gate(1, exponential(1.0)), Traffic(per_day=1e9), days=10, seed=1),
        lambda: simulate_layout(gate(1, exponential(1.0)), Traffic(per_day=1.0), days=10**9, seed=1),
        lambda: simulate_layout(
            gate(1, exponential(1.0)), Traffic(per_day=1.0), days=1, seed=1, replications=0
        ),
        lambda: simulate_layout(Layout(()), Traffic(per_day=1.0), days=1, seed=1),
        lambda: simulate_layout(gate(1, exponential(1.0)), Traffic(times=(2.0, 1.0)), days=1, seed=1),
        lambda: simulate_layout(
            gate(1, exponential(1.0)), Traffic(per_day=1.0, batch=0, cv=-1.0), days=1, seed=1
        ),
    ],
)
def test_impossible_descriptions_are_refused(make):
    with pytest.raises(InputError):
        make()


def test_midnight_and_daylight_saving():
    # In autumn the night shift is an hour longer; over midnight it is one piece.
    night = calendar([Shift(22, 6, 2)], date(2026, 10, 24), 2, timezone="Europe/Warsaw")
    assert night.breaks.tolist() == [0.0, 6.0, 22.0, 31.0, 47.0, 55.0]
    assert night.lane_hours(0.0, 100.0) == 2 * (6 + 9 + 8)
    overlapping = calendar([Shift(0, 24, 1), Shift(8, 20, 2)], date(2026, 1, 1), 1)
    assert overlapping.breaks.tolist() == [0.0, 8.0, 20.0, 24.0]
    assert overlapping.lanes.tolist() == [1, 3, 1, 0]


def test_one_replication_claims_no_interval():
    assert estimate(np.array([1.0])).low == -np.inf
