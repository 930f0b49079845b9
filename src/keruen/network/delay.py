"""How long goods wait at one crossing as a function of the tonnes that want to pass.

``crossings`` fits these functions from the posts of both sides and hands them on; ``flows`` lays them on the haul arcs
of the crossing's link, one queue in each direction, or, where the crossing is a port, on the transfers to and from the
water at its node, one queue for all of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from keruen.kernels import delay


@dataclass(frozen=True, slots=True)
class DelayFunction:
    """Delay at a crossing as a function of its volume.

    Parameters
    ----------
    crossing_id
        The crossing.
    kind
        0 constant, 1 BPR with power 4, 2 multi-server queue (see :mod:`keruen.kernels.delay`).
    servers
        Servers of the weaker side that work in parallel, at least 1; used by kind 2.
    service_time_h
        Mean time of one vehicle at a server [h]; used by kind 2.
    throughput_t_per_year
        Most that can be handled [t/year]: in each direction of a link, in all directions together at a port.
    factor
        Kind 2: variability, ``(ca2 + cs2) / 2`` or a fitted factor. Kind 1: the BPR coefficient b.
    base_delay_h
        Delay that does not depend on volume [h].
    pole
        Kind 2: utilisation at which the queue would be infinite, at least 1. Above 1 for a post whose night softens the
        rise near its throughput.

    Raises
    ------
    ValueError
        If a parameter lies outside its range.

    Examples
    --------
    One booth, exponential: at 80 % use the mean wait is four service times.

    >>> queue = DelayFunction("khorgos", 2, servers=1, service_time_h=0.5, throughput_t_per_year=1e6)
    >>> round(queue(8e5), 9)
    2.0
    """

    crossing_id: str
    kind: int
    servers: float = 1.0
    service_time_h: float = 0.0
    throughput_t_per_year: float = math.inf
    factor: float = 1.0
    base_delay_h: float = 0.0
    pole: float = 1.0

    def __post_init__(self) -> None:
        faults = []
        if self.kind not in (delay.CONSTANT, delay.BPR, delay.QUEUE):
            faults.append(f"kind {self.kind} is none of 0, 1, 2")
        if not self.servers >= 1.0:
            faults.append(f"servers {self.servers} is below 1")
        if not (self.pole >= 1.0 and math.isfinite(self.pole)):
            faults.append(f"pole {self.pole} is below 1 or not finite")
        for name in ("service_time_h", "factor", "base_delay_h"):
            value = getattr(self, name)
            if not (value >= 0.0 and math.isfinite(value)):
                faults.append(f"{name} {value} is negative or not finite")
        if self.kind != delay.CONSTANT and not 0.0 < self.throughput_t_per_year < math.inf:
            faults.append(f"throughput_t_per_year {self.throughput_t_per_year} is not positive and finite")
        if faults:
            raise ValueError(f"delay function of {self.crossing_id}: " + "; ".join(faults))

    @property
    def parameters(self) -> tuple[float, float, float, float]:
        """The four numbers that the kernels take for this kind."""
        if self.kind == delay.BPR:
            return self.base_delay_h, self.factor, self.throughput_t_per_year, 4.0
        if self.kind == delay.QUEUE:
            spread = self.factor * self.service_time_h
            return self.base_delay_h, spread, self.pole * self.throughput_t_per_year, float(self.servers)
        return self.base_delay_h, 0.0, 1.0, 0.0

    def __call__(self, tonnes: float) -> float:
        """Return the delay [h] at a volume [t/year]."""
        return float(delay.cost_slope(self.kind, *self.parameters, float(tonnes), False)[0])
