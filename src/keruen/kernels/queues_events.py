"""Queues that no recursion covers: priorities, appointments, sailings, and yards that fill up and block.

One event loop over a network of stations. A vehicle of class k visits the stations ``route[k]`` in order. At each it
waits in the queue of its priority, is served by one of the open servers, and moves on, or holds its server until the
yard of the next station has room (blocking after service). Vehicles that find the first yard full wait outside.
Ties in time are resolved in the order in which events were planned (arrivals behind them, sailings last), so a run
depends on nothing but its input.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from keruen.kernels.queues import draw, subkey

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

_FINISH, _CALENDAR, _SLOT = 0, 1, 2
_AFTER_ALL = 1 << 60


@njit(cache=True)
def _push(time: Array, order: Integers, what: Integers, size: int, t: float, o: int, w: int) -> int:
    i = size
    while i > 0:
        parent = (i - 1) >> 1
        if time[parent] < t or (time[parent] == t and order[parent] < o):
            break
        time[i], order[i], what[i] = time[parent], order[parent], what[parent]
        i = parent
    time[i], order[i], what[i] = t, o, w
    return size + 1


@njit(cache=True)
def _pop(time: Array, order: Integers, what: Integers, size: int) -> int:
    """Remove the root; the caller has read it."""
    size -= 1
    t, o, w = time[size], order[size], what[size]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        right = child + 1
        if right < size and (
            time[right] < time[child] or (time[right] == time[child] and order[right] < order[child])
        ):
            child = right
        if t < time[child] or (t == time[child] and o < order[child]):
            break
        time[i], order[i], what[i] = time[child], order[child], what[child]
        i = child
    time[i], order[i], what[i] = t, o, w
    return size


@njit(cache=True)
def run(
    arrival: Array,
    kind_of: Integers,
    slot: Array,
    slot_station: int,
    route: Integers,
    priority: Integers,
    service_kind: Integers,
    service_0: Array,
    service_1: Array,
    sample: Array,
    sample_from: Integers,
    calendar_from: Integers,
    breaks: Array,
    lanes: Integers,
    sails: NDArray[np.bool_],
    keeps: NDArray[np.bool_],
    yard: Integers,
    room: Integers,
    key: np.uint64,
    enter: Array,
    start: Array,
    finish: Array,
    leave: Array,
) -> tuple[int, float, float]:
    """Run until every vehicle has left or nothing can happen any more.

    Parameters
    ----------
    arrival, kind_of
        (n,) times of arrival in order, and classes.
    slot, slot_station
        (n,) times before which a vehicle with an appointment is not served at that station, ``-inf`` for none.
    route
        (n_classes, n_stops) stations, -1 behind the last.
    priority
        (n_stations, n_classes), 0 first.
    service_kind, service_0, service_1
        (n_stations, n_classes), as in :func:`keruen.kernels.queues.draw`.
    sample, sample_from
        Empirical service times, those of station s and class k at ``sample_from[s, k]`` up to ``sample_from[s, k + 1]``.
    calendar_from, breaks, lanes, sails, keeps
        Calendar of station s at ``calendar_from[s]`` up to ``calendar_from[s + 1]``. Where ``sails[s]``, each break is a
        sailing that takes up to ``lanes`` vehicles at once; where it ``keeps[s]`` as well, an intake that lets that many
        pass until the next break.
    yard, room
        (n_stations,) yard of each station and (n_yards,) vehicles that each can hold, those in service among them.
    key
        Random numbers are a function of it, the station and the vehicle.
    enter, start, finish, leave
        (n, n_stops) filled with times; ``inf`` where it never came to it. The first `enter` is the arrival; between
        `finish` and `leave` a vehicle is blocked.

    Returns
    -------
    left, area, now
        Vehicles that left, the integral of the number of vehicles present over time [vehicle-hours], and the time of
        the last event.
    """
    n_vehicles, n_stops = enter.shape
    n_stations, n_classes = priority.shape
    n_yards = room.size
    n_ranks = 1
    for s in range(n_stations):
        for k in range(n_classes):
            n_ranks = max(n_ranks, priority[s, k] + 1)
    most = n_stations
    for s in range(n_stations):
        widest = 0
        for j in range(calendar_from[s], calendar_from[s + 1]):
            widest = max(widest, lanes[j])
        most += widest
    has_slots = False
    for v in range(n_vehicles):
        has_slots = has_slots or slot[v] > -np.inf
    heap_size = min(most, n_vehicles + n_stations) + (n_vehicles if has_slots else 0) + 1
    time, order, what = (
        np.empty(heap_size),
        np.empty(heap_size, dtype=np.int64),
        np.empty(heap_size, dtype=np.int64),
    )
    size, planned = 0, 0
    head = np.full((n_stations, n_ranks), -1, dtype=np.int64)
    tail = np.full((n_stations, n_ranks), -1, dtype=np.int64)
    waiting = np.zeros(n_stations, dtype=np.int64)
    door_head, door_tail = np.full(n_yards, -1, dtype=np.int64), np.full(n_yards, -1, dtype=np.int64)
    behind = np.full(n_vehicles, -1, dtype=np.int64)
    stop = np.full(n_vehicles, -1, dtype=np.int64)
    busy, open_now = np.zeros(n_stations, dtype=np.int64), np.zeros(n_stations, dtype=np.int64)
    at_break = calendar_from[:-1].copy()
    present = np.zeros(n_yards, dtype=np.int64)
    todo_station, todo_yard = (
        np.zeros(n_stations, dtype=np.bool_),
        np.zeros(n_yards, dtype=np.bool_),
    )
    keys = np.empty(n_stations, dtype=np.uint64)
    for s in range(n_stations):
        keys[s] = subkey(key, s)
        if calendar_from[s] < calendar_from[s + 1]:
            # A sailing takes along whoever is ready at that very moment.
            o = planned + (_AFTER_ALL if sails[s] and not keeps[s] else 0)
            size = _push(time, order, what, size, breaks[calendar_from[s]], o, s * 4 + _CALENDAR)
            planned += 1
    enter[:], start[:], finish[:], leave[:] = np.inf, np.inf, np.inf, np.inf
    n_arrived, n_left, n_inside = 0, 0, 0
    area, now = 0.0, 0.0
    while n_left < n_vehicles:
        arriving = n_arrived < n_vehicles and (
            size == 0
            or arrival[n_arrived] < time[0]
            or (arrival[n_arrived] == time[0] and order[0] >= _AFTER_ALL)
        )
        if not arriving and size == 0:
            break
        then = arrival[n_arrived] if arriving else time[0]
        area += n_inside * (then - now)
        now = then
        v, joins, moves = -1, -1, -1
        work = False
        if arriving:
            v = n_arrived
            n_arrived += 1
            n_inside += 1
            enter[v, 0] = now
            first = route[kind_of[v], 0]
            b = yard[first]
            if present[b] < room[b] and door_head[b] == -1:
                present[b] += 1
                stop[v] = 0
                joins = first
            else:
                if door_head[b] == -1:
                    door_head[b] = v
                else:
                    behind[door_tail[b]] = v
                door_tail[b] = v
        else:
            code = what[0]
            size = _pop(time, order, what, size)
            if code & 3 == _FINISH:
                v = code >> 2
                moves = route[kind_of[v], stop[v]]
            elif code & 3 == _SLOT:
                v = code >> 2
                joins = route[kind_of[v], stop[v]]
            else:
                s = code >> 2
                j = at_break[s]
                open_now[s] = lanes[j]
                at_break[s] = j + 1
                if j + 1 < calendar_from[s + 1]:
                    o = planned + (_AFTER_ALL if sails[s] and not keeps[s] else 0)
                    size = _push(time, order, what, size, breaks[j + 1], o, s * 4 + _CALENDAR)
                    planned += 1
                todo_station[s] = True
                work = True
        # A vehicle whose service is over: out, on to the next yard, or held until that has room.
        if moves >= 0:
            k, h = kind_of[v], stop[v]
            b = yard[moves]
            onward = route[k, h + 1] if h + 1 < n_stops else -1
            if onward == -1:
                leave[v, h] = now
                n_left += 1
                n_inside -= 1
                busy[moves] -= 1
                present[b] -= 1
                todo_yard[b] = door_head[b] >= 0
                todo_station[moves] = waiting[moves] > 0
                work = True
            elif yard[onward] == b or (
                present[yard[onward]] < room[yard[onward]] and door_head[yard[onward]] == -1
            ):
                leave[v, h] = now
                busy[moves] -= 1
                if yard[onward] != b:
                    present[b] -= 1
                    present[yard[onward]] += 1
                    todo_yard[b] = door_head[b] >= 0
                stop[v] = h + 1
                enter[v, h + 1] = now
                todo_station[moves] = waiting[moves] > 0
                joins = onward
                work = True
            else:
                b = yard[onward]
                if door_head[b] == -1:
                    door_head[b] = v
                else:
                    behind[door_tail[b]] = v
                door_tail[b] = v
        while True:
            if joins >= 0:
                if joins == slot_station and slot[v] > now:
                    size = _push(time, order, what, size, slot[v], planned, v * 4 + _SLOT)
                    planned += 1
                else:
                    rank = priority[joins, kind_of[v]]
                    if head[joins, rank] == -1:
                        head[joins, rank] = v
                    else:
                        behind[tail[joins, rank]] = v
                    tail[joins, rank] = v
                    waiting[joins] += 1
                    todo_station[joins] = True
                    work = True
                joins = -1
            if not work:
                break
            work = False
            for s in range(n_stations):
                if not todo_station[s]:
                    continue
                todo_station[s] = False
                # A ferry fills at once and is gone; a lane takes the next as soon as it is free.
                while waiting[s] > 0 and (open_now[s] > 0 if sails[s] else busy[s] < open_now[s]):
                    rank = 0
                    while head[s, rank] == -1:
                        rank += 1
                    w = head[s, rank]
                    head[s, rank] = behind[w]
                    behind[w] = -1
                    waiting[s] -= 1
                    busy[s] += 1
                    start[w, stop[w]] = now
                    k = kind_of[w]
                    if sails[s]:
                        open_now[s] -= 1
                        lasts = 0.0
                    else:
                        low, high = sample_from[s, k], sample_from[s, k + 1]
                        lasts = draw(
                            service_kind[s, k],
                            service_0[s, k],
                            service_1[s, k],
                            sample[low:high],
                            keys[s],
                            w,
                        )
                    finish[w, stop[w]] = now + lasts
                    size = _push(time, order, what, size, now + lasts, planned, w * 4 + _FINISH)
                    planned += 1
                if sails[s] and not keeps[s]:
                    open_now[s] = 0
            for b in range(n_yards):
                if not todo_yard[b]:
                    continue
                if present[b] >= room[b] or door_head[b] == -1:
                    todo_yard[b] = False
                    continue
                v = door_head[b]
                door_head[b] = behind[v]
                behind[v] = -1
                h = stop[v]
                if h >= 0:
                    s = route[kind_of[v], h]
                    leave[v, h] = now
                    busy[s] -= 1
                    present[yard[s]] -= 1
                    todo_yard[yard[s]] = True
                    todo_station[s] = True
                    enter[v, h + 1] = now
                present[b] += 1
                stop[v] = h + 1
                joins = route[kind_of[v], h + 1]
                work = True
                break
    return n_left, area, now
