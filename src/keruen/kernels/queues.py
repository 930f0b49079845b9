"""Queues first come, first served: exact recursions from arrival and service times to starts of service.

Random numbers are a function of a key and a customer's number (splitmix64 as a counter, Steele et al. 2014): the same
seed gives the same draws in any order and at any number of threads, and two variants of a crossing meet the same
customers. Exponentials are drawn by the ziggurat of Marsaglia and Tsang (2000).

A calendar is two arrays: at ``breaks[j]`` the number of open servers becomes ``lanes[j]``, until the next break; the
last holds for ever. A service in progress is finished when a server closes; nothing new starts.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

DETERMINISTIC = 0
EXPONENTIAL = 1
ERLANG = 2
LOGNORMAL = 3
EMPIRICAL = 4

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_OTHER = np.uint64(0xD1342543DE82EF95)
_30, _27, _31, _11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_LAYER = np.uint64(255)
_UNIT = 2.0**-53

_TAIL = 7.69711747013104972
_AREA = 0.0039496598225815571993


def _ziggurat() -> tuple[Array, Array]:
    x = np.empty(257)
    x[0], x[1], x[256] = _AREA / math.exp(-_TAIL), _TAIL, 0.0
    for i in range(1, 255):
        x[i + 1] = -math.log(_AREA / x[i] + math.exp(-x[i]))
    return x, np.exp(-x)


_X, _F = _ziggurat()


@njit(cache=True, inline="always")
def bits(key: np.uint64, number: int) -> np.uint64:
    """Return 64 random bits for a key and a number."""
    z = key + np.uint64(number) * _GOLDEN
    z = (z ^ (z >> _30)) * _MIX_1
    z = (z ^ (z >> _27)) * _MIX_2
    return z ^ (z >> _31)


@njit(cache=True)
def subkey(key: np.uint64, number: int) -> np.uint64:
    """Return a key of its own for a stream, a replication or a station below ``key``."""
    return bits(key ^ _OTHER, number + 1)


@njit(cache=True)
def _exponential_edge(first: np.uint64) -> float:
    """Finish a draw that fell on the edge of its layer, with as many more bits as it takes."""
    word, tail = first, 0.0
    again = 0
    while True:
        layer = np.int64(word & _LAYER)
        x = np.float64(word >> _11) * _UNIT * _X[layer]
        if x < _X[layer + 1]:
            return tail + x
        again += 1
        if layer == 0:
            tail += _TAIL
        else:
            height = np.float64(bits(first ^ _OTHER, again) >> _11) * _UNIT
            if _F[layer] + height * (_F[layer + 1] - _F[layer]) < math.exp(-x):
                return tail + x
        again += 1
        word = bits(first ^ _OTHER, again)


@njit(cache=True, inline="always")
def exponential(word: np.uint64) -> float:
    """Return a standard exponential made of 64 random bits."""
    layer = np.int64(word & _LAYER)
    x = np.float64(word >> _11) * _UNIT * _X[layer]
    if x < _X[layer + 1]:
        return x
    return _exponential_edge(word)


@njit(cache=True)
def draw(kind: int, p0: float, p1: float, values: Array, key: np.uint64, number: int) -> float:
    """Return one draw of a distribution.

    ``p0, p1``: value; mean; mean of a phase, phases; mean and standard deviation of the logarithm; none (``values``
    are then equally likely).
    """
    if kind == 1:
        return p0 * exponential(bits(key, number))
    if kind == 0:
        return p0
    word = bits(key, number)
    if kind == 2:
        total = 0.0
        for phase in range(int(p1)):
            total += exponential(bits(word, phase))
        return p0 * total
    if kind == 3:
        radius = math.sqrt(2.0 * exponential(word))
        angle = 2.0 * math.pi * np.float64(bits(word, 1) >> _11) * _UNIT
        return math.exp(p0 + p1 * radius * math.cos(angle))
    return values[int(np.float64(word >> _11) * _UNIT * values.size)]


@njit(cache=True)
def draws(kind: int, p0: float, p1: float, values: Array, key: np.uint64, out: Array) -> None:
    """Fill ``out`` (n,) with draws 0 to n - 1 of a distribution."""
    if kind == 1:
        for n in range(out.size):
            out[n] = p0 * exponential(bits(key, n))
    else:
        for n in range(out.size):
            out[n] = draw(kind, p0, p1, values, key, n)


@njit(cache=True)
def _few_servers(arrival: Array, service: Array, servers: int, start: Array) -> None:
    """Kiefer and Wolfowitz for up to four servers, whose times of release stay in registers."""
    never = np.inf
    a = -never
    b = -never if servers > 1 else never
    c = -never if servers > 2 else never
    d = -never if servers > 3 else never
    for n in range(arrival.size):
        t = arrival[n]
        begin = a if a > t else t
        start[n] = begin
        new = begin + service[n]
        a = new if new < b else b
        new = b if new < b else new
        b = new if new < c else c
        new = c if new < c else new
        c = new if new < d else d
        d = d if new < d else new


@njit(cache=True)
def _many_servers(arrival: Array, service: Array, servers: int, start: Array) -> None:
    """The same with a heap of the times at which servers are released."""
    heap = np.full(servers, -np.inf)
    for n in range(arrival.size):
        t = arrival[n]
        begin = heap[0] if heap[0] > t else t
        start[n] = begin
        new = begin + service[n]
        i = 0
        while True:
            child = 2 * i + 1
            if child >= servers:
                break
            if child + 1 < servers and heap[child + 1] < heap[child]:
                child += 1
            if heap[child] >= new:
                break
            heap[i] = heap[child]
            i = child
        heap[i] = new


@njit(cache=True)
def fifo(arrival: Array, service: Array, servers: int, start: Array) -> None:
    """Fill ``start`` (n,) for customers in the order of ``arrival`` (n,) at servers that never close.

    Kiefer and Wolfowitz (1955): whoever comes first takes the server that is released first.
    """
    if servers <= 4:
        _few_servers(arrival, service, servers, start)
    else:
        _many_servers(arrival, service, servers, start)


@njit(cache=True)
def fifo_calendar(arrival: Array, service: Array, breaks: Array, lanes: Integers, start: Array) -> None:
    """Fill ``start`` (n,) where the number of open servers follows a calendar; ``inf`` for whoever is never served.

    With L servers open, the next may start once the L-th latest release has passed: releases are kept in order.
    """
    most = 0
    for j in range(lanes.size):
        most = max(most, lanes[j])
    release = np.full(max(most, 1), -np.inf)
    j, earliest = 0, breaks[0]
    for n in range(arrival.size):
        t = arrival[n] if arrival[n] > earliest else earliest
        begin = np.inf
        while j < lanes.size:
            end = breaks[j + 1] if j + 1 < lanes.size else np.inf
            if lanes[j] > 0:
                begin = max(t, release[most - lanes[j]])
                if begin < end:
                    break
                begin = np.inf
            t = max(t, end)
            j += 1
        start[n] = begin
        if begin == np.inf:
            for later in range(n + 1, arrival.size):
                start[later] = np.inf
            return
        earliest = begin
        new = begin + service[n]
        i = 1
        while i < most and release[i] < new:
            release[i - 1] = release[i]
            i += 1
        release[i - 1] = new


@njit(cache=True)
def sailings(ready: Array, departures: Array, room: int, leave: Array) -> None:
    """Fill ``leave`` (n,) with the first sailing that has room for each of those ``ready`` (n,), in order.

    ``inf`` for whoever finds no sailing.
    """
    k, aboard = 0, 0
    for n in range(ready.size):
        while k < departures.size and (departures[k] < ready[n] or aboard >= room):
            k += 1
            aboard = 0
        leave[n] = departures[k] if k < departures.size else np.inf
        aboard += 1


@njit(cache=True)
def intakes(ready: Array, breaks: Array, room: Integers, leave: Array) -> None:
    """Fill ``leave`` (n,) where from ``breaks[j]`` on only ``room[j]`` of those ``ready`` (n,), in order, are let through.

    Whoever comes while some of it is left passes at once; what nobody used is lost at the next break. ``inf`` for
    whoever is never let through.
    """
    j, left, last = -1, 0, -np.inf
    for n in range(ready.size):
        t = ready[n] if ready[n] > last else last
        while j + 1 < breaks.size and breaks[j + 1] <= t:
            j += 1
            left = room[j]
        while left <= 0 and j + 1 < breaks.size:
            j += 1
            left = room[j]
            t = breaks[j]
        leave[n] = t if left > 0 else np.inf
        last = leave[n]
        left -= 1


@njit(cache=True)
def clock(unit: Array, edges: Array, rate: Array, moment: Array) -> int:
    """Turn a process of rate 1 into one of rate ``rate[j]`` between ``edges[j]`` and ``edges[j + 1]``.

    Fills ``moment`` (n,) from increasing ``unit`` (n,) by inverting the expected number of arrivals, and returns how many
    fall before the last edge (Cinlar 1975).
    """
    j, done = 0, 0.0
    for n in range(unit.size):
        while j < rate.size and unit[n] >= done + rate[j] * (edges[j + 1] - edges[j]):
            done += rate[j] * (edges[j + 1] - edges[j])
            j += 1
        if j == rate.size:
            return n
        moment[n] = edges[j] + (unit[n] - done) / rate[j]
    return unit.size
