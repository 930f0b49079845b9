"""The kernels against slow and obvious twins, and against SimPy fed with the same customers."""

from __future__ import annotations

import heapq
from datetime import date

import numpy as np
import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.crossings.distributions import deterministic, empirical, erlang, exponential, lognormal, matching
from keruen.crossings.hours import Calendar, Shift, always, calendar
from keruen.crossings.layout import Layout, Station, Traffic
from keruen.crossings.simulation import _arrivals, _draws, _events, _key, _recursion
from keruen.kernels import queues

KEY = np.uint64(20240101)


def customers(n: int, rate: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    arrival = np.cumsum(_draws(exponential(1 / rate), n, _key(KEY, 2 * seed)))
    return arrival, _draws(exponential(1.0), n, _key(KEY, 2 * seed + 1))


def twin_fifo(arrival, service, servers):
    free = [-np.inf] * servers
    heapq.heapify(free)
    starts = []
    for a, s in zip(arrival, service, strict=True):
        begin = max(a, heapq.heappop(free))
        starts.append(begin)
        heapq.heappush(free, begin + s)
    return starts


def twin_calendar(arrival, service, breaks, lanes):
    """Try every moment at which anything changes, one customer after the other."""
    finishes, starts, earliest = [], [], -np.inf
    for a, s in zip(arrival, service, strict=True):
        moments = sorted({max(a, earliest)} | {t for t in [*finishes, *breaks] if t >= max(a, earliest)})
        begin = np.inf
        for t in moments:
            j = np.searchsorted(breaks, t, side="right") - 1
            if j >= 0 and sum(f > t for f in finishes) < lanes[j]:
                begin = t
                break
        starts.append(begin)
        if begin < np.inf:
            finishes.append(begin + s)
            earliest = begin
        else:
            earliest = np.inf
    return starts


@pytest.mark.parametrize("servers", [1, 2, 3, 4, 5, 9, 40])
def test_fifo_is_its_twin(servers):
    arrival, service = customers(3000, 0.9 * servers)
    start = np.empty(arrival.size)
    queues.fifo(arrival, service, servers, start)
    assert start.tolist() == twin_fifo(arrival, service, servers)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=8),
    st.lists(st.floats(0.1, 9.0), min_size=8, max_size=8),
    st.integers(0, 50),
)
def test_calendar_is_its_twin(lanes, gaps, seed):
    breaks = np.append(0.0, np.cumsum(gaps))[: len(lanes)]
    lanes = np.array(lanes, dtype=np.int64)
    arrival, service = customers(40, 1.5, seed)
    start = np.empty(arrival.size)
    queues.fifo_calendar(arrival, service, breaks, lanes, start)
    np.testing.assert_allclose(start, twin_calendar(arrival, service, breaks, lanes), rtol=0, atol=1e-12)


def test_sailings_take_whoever_is_ready_and_fits():
    leave = np.empty(5)
    queues.sailings(np.array([0.0, 0.5, 1.0, 1.0, 9.0]), np.array([1.0, 2.0, 3.0]), 2, leave)
    assert leave.tolist() == [1.0, 1.0, 2.0, 2.0, np.inf]


@pytest.mark.parametrize(
    "distribution",
    [deterministic(2.0), exponential(2.0), erlang(2.0, 3), lognormal(2.0, 0.6), empirical([1.0, 2.0, 6.0])],
)
def test_draws_have_their_moments_and_order_does_not_matter(distribution):
    n = 400_000
    sample = _draws(distribution, n, KEY)
    noise = distribution.cv * distribution.mean / np.sqrt(n)
    assert sample.mean() == pytest.approx(distribution.mean, abs=5 * noise + 1e-12)
    assert sample.std() == pytest.approx(distribution.cv * distribution.mean, rel=0.02, abs=1e-12)
    one = queues.draw(
        distribution.kind, distribution.first, distribution.second, distribution.sample, KEY, 777
    )
    assert one == sample[777]
    assert distribution.scaled(3.0).mean == pytest.approx(6.0 if distribution.mean == 2.0 else 9.0)


def test_exponential_draws_follow_the_law():
    # Kolmogorov and Smirnov, at a level of one in ten thousand; the seed is fixed.
    sample = np.sort(_draws(exponential(1.0), 1_000_000, KEY))
    law = -np.expm1(-sample)
    n = sample.size
    distance = max(np.abs(law - np.arange(n) / n).max(), np.abs(law - np.arange(1, n + 1) / n).max())
    assert distance < 2.23 / np.sqrt(n)
    drawn = _draws(exponential(1.0), 100_000, _key(KEY, 1))
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 0.015


def test_clock_turns_rates_into_moments():
    edges, rate = np.array([0.0, 2.0, 3.0, 5.0]), np.array([1.0, 0.0, 2.0])
    moment = np.empty(4)
    assert queues.clock(np.array([1.0, 2.5, 5.9, 6.1]), edges, rate, moment) == 3
    assert moment[:3].tolist() == [1.0, 3.25, 4.95]


def stations(*specs: tuple[Calendar, object]) -> Layout:
    return Layout(tuple(Station(f"s{i}", c, d) for i, (c, d) in enumerate(specs)))


@pytest.mark.parametrize(
    "layout",
    [
        stations((always(3), exponential(0.4))),
        stations((always(2), lognormal(0.25, 1.5)), (always(3), erlang(0.4, 2))),
        stations((calendar([Shift(8, 20, 4), Shift(22, 6, 1)], date(2024, 1, 1), 60), exponential(0.4)),
                 (calendar([Shift(0, 24, 2)], date(2024, 1, 1), 60), deterministic(0.2))),
        Layout((Station("quay", always(3), exponential(0.3)),
                Station("ferry", Calendar(np.arange(1.0, 800.0, 6.0), np.full(134, 40)), deterministic(0.0), sailing=True))),
    ],
)  # fmt: skip
def test_recursions_and_events_agree_to_the_last_bit(layout):
    traffic = Traffic(per_day=120, cv=1.0)
    arrival, kind, slot = _arrivals(traffic, date(2024, 1, 1), 20, KEY)
    fast = _recursion(layout, traffic, arrival, kind, slot, KEY)
    slow = _events(layout, traffic, arrival, kind, slot, KEY)
    for name in ("enter", "start", "finish", "leave"):
        assert np.array_equal(getattr(fast, name), getattr(slow, name)), name
    assert fast.area == pytest.approx(slow.area, rel=1e-9)


def test_priorities_are_those_of_simpy():
    traffic = Traffic(per_day=24 * 3.5, shares={"transit": 0.3, "other": 0.7})
    layout = Layout((Station("gate", always(4), exponential(1.0), {"transit": 0, "other": 1}),))
    arrival, kind, slot = _arrivals(traffic, date(2024, 1, 1), 20, KEY)
    service = _draws(exponential(1.0), arrival.size, _key(KEY, 0))
    ours = _events(layout, traffic, arrival, kind, slot, KEY)
    starts = np.empty(arrival.size)
    env = simpy.Environment()
    gate = simpy.PriorityResource(env, 4)

    def vehicle(i):
        yield env.timeout(arrival[i])
        with gate.request(priority=int(kind[i])) as turn:
            yield turn
            starts[i] = env.now
            yield env.timeout(service[i])

    for i in range(arrival.size):
        env.process(vehicle(i))
    env.run()
    np.testing.assert_allclose(ours.start[:, 0], starts, rtol=0, atol=1e-9)


def test_blocking_is_that_of_simpy():
    room = 3
    traffic = Traffic(per_day=24 * 1.6)
    layout = Layout(
        (Station("customs", always(2), exponential(1.0)), Station("bogies", always(1), exponential(0.5), yard="hall")),
        yards={"hall": room},
    )  # fmt: skip
    arrival, kind, slot = _arrivals(traffic, date(2024, 1, 1), 30, KEY)
    first = _draws(exponential(1.0), arrival.size, _key(KEY, 0))
    second = _draws(exponential(0.5), arrival.size, _key(KEY, 1))
    ours = _events(layout, traffic, arrival, kind, slot, KEY)
    leave = np.empty((arrival.size, 2))
    env = simpy.Environment()
    customs, bogies, hall = simpy.Resource(env, 2), simpy.Resource(env, 1), simpy.Resource(env, room)

    def vehicle(i):
        yield env.timeout(arrival[i])
        turn = customs.request()
        yield turn
        yield env.timeout(first[i])
        place = hall.request()
        yield place
        customs.release(turn)
        leave[i, 0] = env.now
        with bogies.request() as lift:
            yield lift
            yield env.timeout(second[i])
        hall.release(place)
        leave[i, 1] = env.now

    for i in range(arrival.size):
        env.process(vehicle(i))
    env.run()
    np.testing.assert_allclose(ours.leave, leave, rtol=0, atol=1e-9)
    assert (ours.leave[:, 0] - ours.finish[:, 0]).max() > 0.0


def test_a_yard_that_both_ends_share_can_lock_up_and_the_run_ends():
    layout = Layout(
        (
            Station("in", always(1), deterministic(1.0), yard="yard"),
            Station("shed", always(1), deterministic(5.0), yard="shed"),
            Station("out", always(1), deterministic(5.0), yard="yard"),
        ),
        yards={"yard": 1, "shed": 1},
    )
    traffic = Traffic(times=(0.0, 0.1, 0.2))
    arrival, kind, slot = _arrivals(traffic, date(2024, 1, 1), 1, KEY)
    passage = _events(layout, traffic, arrival, kind, slot, KEY)
    # The second truck stands in the yard for the shed, the first in the shed for the yard.
    assert np.isinf(passage.leave[:, 2]).all()


def test_appointments_wait_for_their_slot():
    layout = Layout((Station("gate", always(1), deterministic(0.1)),))
    traffic = Traffic(per_day=24, shares={"booked": 1.0}, early={"booked": deterministic(0.5)})
    arrival, kind, slot = _arrivals(traffic, date(2024, 1, 1), 2, KEY)
    passage = _events(layout, traffic, arrival, kind, slot, KEY)
    np.testing.assert_allclose(slot, np.arange(1, 49)[: slot.size])
    np.testing.assert_allclose(passage.start[:, 0], slot)


def test_matching_is_what_it_says():
    assert matching(1.0, 0.0).kind == queues.DETERMINISTIC
    assert matching(1.0, 1.0).kind == queues.EXPONENTIAL
