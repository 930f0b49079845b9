"""Generic identities become rows over quantities.

Receives claims and the identity table; hands on linear rows ``low <= sum(coefficient * quantity) <= high``. A row of the
table says which relation holds and for which indicators or class of indicators; this module finds, for every stated figure,
the other figures that it thereby touches. Amounts are variables. A share, a growth rate or a rank is no variable of its own
here but an interval on a linear form of two amounts, so that the whole system stays linear.

A figure that is needed for another year is carried there within the drift band of its class; such rows may prove a
conflict, but never move an estimate.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from keruen.figures.claims import Claim
from keruen.figures.quantity import Period, Quantity
from keruen.figures.world import LEVELS, Law, World

REACH = 2
"""Years that a figure may be carried."""
UNBOUNDED = float("inf")
PARTS = frozenset({"part_whole", "part_year", "cumulative"})
"""Forms that say a whole holds at least its parts."""


@dataclass(frozen=True, slots=True)
class Row:
    """One linear row.

    Parameters
    ----------
    terms
        Pairs of variable and coefficient.
    low, high
        Bounds of the form.
    owner
        Claim that says so, by position; -1 for an identity.
    identity
        Name of the identity; empty for a plain claim on an amount.
    form
        Form of that identity.
    carried
        Whether it only bounds the change from one year to another.
    centre, sd
        Target and standard deviation of the form where it enters the balance; sd 0 where it only bounds.
    relative_to
        Variable whose size multiplies ``sd``; -1 for none.
    """

    terms: tuple[tuple[int, float], ...]
    low: float
    high: float
    owner: int = -1
    identity: str = ""
    form: str = ""
    carried: bool = False
    centre: float = 0.0
    sd: float = 0.0
    relative_to: int = -1


@dataclass(frozen=True, slots=True)
class Grounded:
    """Variables and rows of everything that the claims touch.

    Parameters
    ----------
    variables
        Quantities, stated or implied.
    rows
        Claims and identities.
    """

    variables: tuple[Quantity, ...]
    rows: tuple[Row, ...]


def ground(claims: Sequence[Claim], world: World) -> Grounded:
    """Write claims and identities as rows.

    Parameters
    ----------
    claims
        Claims in the unit of their quantity, one set of things per quantity.
    world
        Places and identities.
    """
    return _Grounding(claims, world).ground()


class _Grounding:
    """Working state: which quantities are stated, implied or carried, and the rows so far."""

    def __init__(self, claims: Sequence[Claim], world: World) -> None:
        self.claims = claims
        self.world = world
        self.index: dict[Quantity, int] = {}
        self.rows: list[Row] = []
        self.seen: set[tuple[object, ...]] = set()
        self.by_quantity: dict[Quantity, list[int]] = defaultdict(list)
        for position, claim in enumerate(claims):
            self.by_quantity[claim.quantity].append(position)
        self.kind = {q: self._kind(q) for q in self.by_quantity}
        self.levels = [q for q in sorted(self.by_quantity) if self.kind[q] in LEVELS]
        self.relations = [q for q in sorted(self.by_quantity) if self.kind[q] not in LEVELS]
        self.times: dict[tuple[str, ...], list[tuple[float, Quantity]]] = defaultdict(list)
        for q in self.levels:
            self.times[_timeless(q)].append((self._time(q), q))
        self.drift = self._drift_bands()

    def _kind(self, quantity: Quantity) -> str:
        claims = self.by_quantity.get(quantity)
        unit = self.claims[claims[0]].unit if claims else ""
        return self.world.measure(quantity.indicator, unit).kind

    def _time(self, quantity: Quantity) -> float:
        """Return the middle of the period in years; for an undated figure, its latest publication."""
        if quantity.period.days:
            return (quantity.period.start + quantity.period.end) / 2 / 365.25
        published = [self.claims[i].published for i in self.by_quantity.get(quantity, ())]
        days = [day.toordinal() for day in published if day is not None]
        return max(days, default=0) / 365.25

    def _drift_bands(self) -> dict[str, tuple[str, float]]:
        bands = {}
        for law in self.world.laws:
            if law.form == "drift":
                for operand in law.operands:
                    bands[operand] = (law.identity_id, law.tolerance)
        return bands

    def ground(self) -> Grounded:
        for quantity in self.levels:
            self._state(quantity)
        for quantity in self.relations:
            if len(self.by_quantity[quantity]) > 1:
                self._state(quantity)
        for law in self.world.laws:
            if law.form in {"share", "growth", "product"}:
                self._ratios(law)
        implied = sorted(q for q in self.index if self.kind.setdefault(q, self._kind(q)) in LEVELS)
        for law in self.world.laws:
            match law.form:
                case "part_whole":
                    self._parts(law, implied)
                case "sum":
                    self._sums(law, implied)
                case "mirror":
                    self._mirrors(law, implied)
                case "part_year":
                    self._part_years(law, implied)
                case "cumulative":
                    self._cumulatives(law, implied)
                case "rank":
                    self._ranks(law)
        self._remainders(implied)
        return Grounded(tuple(self.index), tuple(self.rows))

    def variable(self, quantity: Quantity) -> int:
        return self.index.setdefault(quantity, len(self.index))

    def add(self, row: Row) -> None:
        signature = (row.terms, row.low, row.high, row.owner, row.form)
        if signature not in self.seen:
            self.seen.add(signature)
            self.rows.append(row)

    def say(
        self,
        terms: tuple[tuple[int, float], ...],
        low: float,
        high: float,
        *,
        identity: str,
        form: str,
        owner: int = -1,
        carried: bool = False,
        sd: float = 0.0,
        relative_to: int = -1,
    ) -> None:
        """Add a row of an identity."""
        self.add(Row(terms, low, high, owner, identity, form, carried, 0.0, sd, relative_to))

    def _state(self, quantity: Quantity) -> None:
        here = self.variable(quantity)
        for position in self.by_quantity[quantity]:
            c = self.claims[position]
            self.add(
                Row(((here, 1.0),), c.low, c.high, position, centre=c.value, sd=c.sd / math.sqrt(c.weight))
            )

    # -- finding a figure, here or in a neighbouring year ------------------------------------------------------

    def reach(self, quantity: Quantity) -> int | None:
        """Return the variable of a figure that is stated or implied, or carried from the nearest year."""
        if quantity in self.index:
            return self.index[quantity]
        here = self._time(quantity)
        near = [
            (abs(time - here), -time, other)
            for time, other in self.times[_timeless(quantity)]
            if 0 < abs(time - here) <= REACH + 0.5
            and _comparable(other.period, quantity.period, self.kind[other])
        ]
        if not near:
            return None
        distance, _, source = min(near)
        band = self.drift.get(f"class:{self.kind[source]}")
        if band is None:
            return None
        factor = (1 + band[1]) ** max(1.0, round(distance))
        a, b = self.variable(source), self.variable(quantity)
        self.add(Row(((b, 1.0), (a, -factor)), -UNBOUNDED, 0.0, identity=band[0], form="drift", carried=True))
        self.add(Row(((b, factor), (a, -1.0)), 0.0, UNBOUNDED, identity=band[0], form="drift", carried=True))
        return b

    # -- ratios -----------------------------------------------------------------------------------------------

    def _ratios(self, law: Law) -> None:
        """A stated ratio r of two amounts: numerator = f(r) * denominator, f(r) known within the claim's interval."""
        stated, ratio = self.relations, law.result
        if law.form == "product":
            stated, ratio = [*self.levels, *self.relations], law.operands[-1]
        for quantity in stated:
            if quantity.indicator != ratio:
                continue
            for numerator, denominator in self._pairs(law, quantity):
                if law.form == "growth":
                    # The growth itself says how the two years differ, so neither is carried to the other.
                    if numerator not in self.index and denominator not in self.index:
                        continue
                elif self.reach(numerator) is None and self.reach(denominator) is None:
                    continue
                top, bottom = self.variable(numerator), self.variable(denominator)
                for position in self.by_quantity[quantity]:
                    self._ratio_rows(law, position, top, bottom)
                break

    def _ratio_rows(self, law: Law, position: int, top: int, bottom: int) -> None:
        claim = self.claims[position]
        scale = 0.01 if claim.unit == "%" else 1.0
        base = 1.0 if law.form == "growth" else 0.0
        low, centre, high = (base + scale * x for x in (claim.low, claim.value, claim.high))
        if low <= 0:
            return
        slack = law.tolerance
        say = partial(self.say, owner=position, identity=law.identity_id, form=law.form)
        say(((top, 1.0), (bottom, -high * (1 + slack))), -UNBOUNDED, 0.0)
        say(((top, 1.0), (bottom, -low * (1 - slack))), 0.0, UNBOUNDED)
        # The width is relative here; the balance multiplies it by the size of the denominator.
        width = max(scale * claim.sd / math.sqrt(claim.weight), slack * centre / 2)
        say(((top, 1.0), (bottom, -centre)), -UNBOUNDED, UNBOUNDED, sd=width, relative_to=bottom)

    def _pairs(self, law: Law, q: Quantity) -> Iterator[tuple[Quantity, Quantity]]:
        """Yield numerator and denominator for a stated ratio, the best supported reading first."""
        if law.form == "growth":
            if q.aspect == "actual" and 300 <= q.period.days <= 400:
                now = q._replace(indicator=law.operands[0])
                yield now, now._replace(period=q.period.shifted(-1))
            return
        options = []
        for period in self._periods(q):
            for place, partner in self._views(q):
                part_at = self._key(q, law.operands[0], place, partner, period)
                if law.form == "product":
                    options.append((q._replace(indicator=law.result), part_at))
                    continue
                dropped = {
                    "partner": (place, "", q.commodity),
                    "place": (next(iter(self.world.ancestors(place)), ""), partner, q.commodity),
                    "commodity": (place, partner, ""),
                }.get(law.over, (place, partner, q.commodity))
                if law.over and dropped == (place, partner, q.commodity):
                    continue
                whole = self._key(q, law.operands[-1], dropped[0], dropped[1], period)._replace(
                    commodity=dropped[2]
                )
                options.append((part_at, whole))
        support = {pair: tuple(-(p in self.index) for p in (pair[1], pair[0])) for pair in options}
        yield from sorted(dict.fromkeys(options), key=lambda pair: sum(support[pair]) * 10 + support[pair][0])

    def _periods(self, q: Quantity) -> list[Period]:
        """Return the periods that an undated or current ratio may refer to: its own, or the years around it."""
        if q.period.calendar_year or (q.period.days and q.period.days > 100):
            return [q.period]
        time = self._time(q)
        if time == 0:
            return [q.period]
        year = int(time - 1 / 365.25) + 1
        return [Period.year(year), Period.year(year - 1), q.period]

    def _ranked_years(self, q: Quantity) -> list[Period]:
        """Return the years that a rank may be of; one that was told in its own year is of the year before."""
        year = q.period.calendar_year
        first = min((c.published for c in self._claims(q) if c.published), default=None)
        if year is not None and first is not None and first.toordinal() < q.period.end:
            return [Period.year(year - 1)]
        return self._periods(q)

    def _claims(self, q: Quantity) -> list[Claim]:
        return [self.claims[i] for i in self.by_quantity[q]]

    def _views(self, q: Quantity) -> list[tuple[str, str]]:
        """Return (place, partner); both ways round where the indicator has no direction."""
        directed = q.indicator not in self.world.measures or self.world.measures[q.indicator].directed
        both = [(q.place, q.partner)]
        if not directed and q.place and q.partner:
            both.append((q.partner, q.place))
        return both

    def _key(self, like: Quantity, indicator: str, place: str, partner: str, period: Period) -> Quantity:
        directed = indicator not in self.world.measures or self.world.measures[indicator].directed
        if not directed and place and partner and partner < place:
            place, partner = partner, place
        return Quantity(indicator, place, partner, like.commodity, period, like.aspect)

    # -- amounts among themselves -------------------------------------------------------------------------------

    def _named(self, law: Law, quantity: Quantity) -> bool:
        """Whether a law's operands name a quantity's indicator or class."""
        return quantity.indicator in law.operands or f"class:{self.kind[quantity]}" in law.operands

    def _wholes(self, law: Law, q: Quantity) -> Iterator[tuple[Quantity, str]]:
        """Yield the key that a part belongs to, and the name of what tells it from its siblings."""
        result = law.result or q.indicator
        for place, partner in self._views(q):
            if law.over == "partner" and partner:
                for container in ("", *self.world.ancestors(partner)):
                    yield self._key(q, result, place, container, q.period), partner
            elif law.over == "place" and place:
                for container in self.world.ancestors(place):
                    if partner and container in (partner, *self.world.ancestors(partner)):
                        continue
                    yield self._key(q, result, container, partner, q.period), place
            elif law.over == "commodity" and q.commodity:
                yield q._replace(indicator=result, commodity=""), q.commodity

    def _parts(self, law: Law, implied: Iterable[Quantity]) -> None:
        """The sum of disjoint parts is at most their whole; parts of neighbouring years are carried."""
        families: dict[Quantity, dict[str, Quantity]] = defaultdict(dict)
        wholes: dict[tuple[str, ...], list[Quantity]] = defaultdict(list)
        for q in implied:
            wholes[_timeless(q)].append(q)
        for part in implied:
            if not self._named(law, part):
                continue
            for whole, name in self._wholes(law, part):
                for stated in wholes.get(_timeless(whole), ()):
                    if stated == part or (
                        stated.period != part.period
                        and not _comparable(part.period, stated.period, self.kind[part])
                    ):
                        continue
                    best = families[stated].get(name)
                    if best is None or self._distance(part, stated) < self._distance(best, stated):
                        families[stated][name] = part
        for whole in sorted(families):
            family = families[whole]
            outer = {
                name: part
                for name, part in family.items()
                if not any(other in family for other in self.world.ancestors(name))
            }
            terms = [(self.index[whole], 1 + law.tolerance)]
            for name in sorted(outer):
                reached = self.reach(outer[name]._replace(period=whole.period))
                if reached is not None:
                    terms.append((reached, -1.0))
            if len(terms) > 1:
                self.add(Row(tuple(terms), 0.0, UNBOUNDED, identity=law.identity_id, form="part_whole"))

    def _distance(self, part: Quantity, whole: Quantity) -> tuple[float, Quantity]:
        return abs(self._time(part) - self._time(whole)), part

    def _sums(self, law: Law, implied: Iterable[Quantity]) -> None:
        """The result equals the sum of its operands."""
        for q in implied:
            if q.indicator != law.result:
                continue
            for place, partner in self._views(q):
                parts = [
                    self.index.get(self._key(q, part, place, partner, q.period)) for part in law.operands
                ]
                found = [p for p in parts if p is not None]
                if len(found) == len(law.operands) and found:
                    here = self.index[q]
                    plus = tuple((p, -1.0) for p in found)
                    say = partial(self.say, identity=law.identity_id, form="sum")
                    say(((here, 1 + law.tolerance), *plus), 0.0, UNBOUNDED)
                    say(((here, 1 - law.tolerance), *plus), -UNBOUNDED, 0.0)
                    soft = max(law.tolerance / 2, 1e-4)
                    say(((here, 1.0), *plus), -UNBOUNDED, UNBOUNDED, sd=soft, relative_to=here)
                    break

    def _mirrors(self, law: Law, implied: Iterable[Quantity]) -> None:
        """What one side sends is about what the other receives."""
        for q in implied:
            if q.indicator != law.result or not (q.place and q.partner):
                continue
            other = self.index.get(q._replace(indicator=law.operands[0], place=q.partner, partner=q.place))
            if other is not None:
                self._band(self.index[q], other, 1 + law.tolerance, law)

    def _band(self, a: int, b: int, factor: float, law: Law) -> None:
        say = partial(self.say, identity=law.identity_id, form=law.form)
        say(((b, 1.0), (a, -factor)), -UNBOUNDED, 0.0)
        say(((b, factor), (a, -1.0)), 0.0, UNBOUNDED)

    def _part_years(self, law: Law, implied: Iterable[Quantity]) -> None:
        """Disjoint stretches of a period hold at most what the whole period holds."""
        series: dict[tuple[str, ...], list[Quantity]] = defaultdict(list)
        for q in implied:
            if q.period.days and self._named(law, q) and not self._is_rate(q):
                series[_timeless(q)].append(q)
        for family in series.values():
            for whole in family:
                inner = _disjoint(q for q in family if q != whole and whole.period.contains(q.period))
                self._at_most(law, inner, whole)

    def _is_rate(self, quantity: Quantity) -> bool:
        """Whether a quantity is per day or week already, so that stretches of a period do not add up."""
        measure = self.world.measures.get(quantity.indicator)
        return measure is not None and "/" in measure.unit

    def _cumulatives(self, law: Law, implied: Sequence[Quantity]) -> None:
        """An accumulated amount holds at least the flows of its years, and never falls."""
        flows: dict[tuple[str, ...], list[Quantity]] = defaultdict(list)
        totals: dict[tuple[str, ...], list[Quantity]] = defaultdict(list)
        for q in implied:
            if q.indicator in law.operands:
                flows[(law.result, *_timeless(q)[1:])].append(q)
            if q.indicator == law.result and q.period.end and q.period.days != 0:
                totals[_timeless(q)].append(q)
        for key, family in totals.items():
            for total in family:
                inner = _disjoint(q for q in flows.get(key, ()) if total.period.contains(q.period))
                self._at_most(law, inner, total)
                for later in family:
                    if later.period.start == total.period.start and later.period.end > total.period.end:
                        self._at_most(law, [total], later)

    def _at_most(self, law: Law, parts: Sequence[Quantity], whole: Quantity) -> None:
        if parts:
            terms = tuple((self.index[q], -1.0) for q in parts)
            self.add(
                Row(
                    ((self.index[whole], 1 + law.tolerance), *terms),
                    0.0, UNBOUNDED, identity=law.identity_id, form=law.form,
                )
            )  # fmt: skip

    def _ranks(self, law: Law) -> None:
        """A partner that ranks k-th is at least as large as the k-th largest of the others."""
        for q in self.relations:
            if q.indicator != law.result or not q.partner:
                continue
            for period in self._ranked_years(q):
                own = self._key(q, law.operands[0], q.place, q.partner, period)
                others = []
                for other in self.levels:
                    for place, partner in self._views(other):
                        if (
                            other.indicator == law.operands[0]
                            and other.aspect == q.aspect
                            and other.commodity == q.commodity
                            and place == q.place
                            and partner not in ("", q.partner)
                            and self.world.kinds.get(partner) == self.world.kinds.get(q.partner)
                        ):
                            others.append(self._key(q, law.operands[0], q.place, partner, period))
                # Ranks change from year to year, so only figures of the same year are compared.
                reached = [(self._size(o), o) for o in dict.fromkeys(others) if o in self.by_quantity]
                if own not in self.by_quantity or not reached:
                    continue
                reached.sort(reverse=True)
                for position in self.by_quantity[q]:
                    rank = round(self.claims[position].high)
                    if rank <= len(reached):
                        beaten = self.index[reached[rank - 1][1]]
                        self.add(
                            Row(
                                ((self.index[own], 1 + law.tolerance), (beaten, -1.0)),
                                0.0, UNBOUNDED, position, law.identity_id, "rank",
                            )
                        )  # fmt: skip
                break

    def _size(self, quantity: Quantity) -> float:
        return max(self.claims[i].value for i in self.by_quantity[quantity])

    def _remainders(self, implied: Sequence[Quantity]) -> None:
        """What is left of a whole without one of its parts drifts no faster than its class does."""
        known = set(implied)
        for part in implied:
            band = self.drift.get(f"class:{self.kind[part]}")
            if band is None or part.period.calendar_year is None or part.aspect != "actual":
                continue
            before = part._replace(period=part.period.shifted(-1))
            if before not in known:
                continue
            for whole in self._containers(part):
                earlier = whole._replace(period=before.period)
                if whole not in known or earlier not in known:
                    continue
                w1, p1, w0, p0 = (self.index[x] for x in (whole, part, earlier, before))
                factor = 1 + band[1]
                say = partial(self.say, identity=band[0], form="growth", carried=True)
                terms = ((w1, 1.0), (p1, -1.0), (w0, -factor), (p0, factor))
                say(terms, -UNBOUNDED, 0.0)
                terms = ((w1, factor), (p1, -factor), (w0, -1.0), (p0, 1.0))
                say(terms, 0.0, UNBOUNDED)
                say(((w1, 1.0), (p1, -1.0)), 0.0, UNBOUNDED)
                say(((w0, 1.0), (p0, -1.0)), 0.0, UNBOUNDED)

    def _containers(self, q: Quantity) -> list[Quantity]:
        """Return the keys of everything that a quantity is part of by place and partner."""
        found = []
        for place, partner in self._views(q):
            for outer in (place, *self.world.ancestors(place)):
                for beyond in (partner, *self.world.ancestors(partner), ""):
                    if (outer, beyond) != (place, partner) and outer != beyond:
                        found.append(self._key(q, q.indicator, outer, beyond, q.period))
        return list(dict.fromkeys(found))


def _timeless(q: Quantity) -> tuple[str, ...]:
    return (q.indicator, q.place, q.partner, q.commodity, q.aspect)


def _comparable(source: Period, wanted: Period, kind: str) -> bool:
    """Whether a figure may be carried: a flow needs a period of the same length."""
    if kind != "flow":
        return True
    return source.days > 0 and abs(source.days - wanted.days) <= 2


def _disjoint(quantities: Iterable[Quantity]) -> list[Quantity]:
    """Pick stretches that do not overlap, the longest first."""
    picked: list[Quantity] = []
    for q in sorted(quantities, key=lambda q: (-q.period.days, q)):
        if all(q.period.end < p.period.start or p.period.end < q.period.start for p in picked):
            picked.append(q)
    return picked
