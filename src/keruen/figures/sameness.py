"""Which claims on one key are of one thing, so that they may be rivals.

Receives claims with equal keys, hands on those that are compared and those that are of something else. Words are coarser than
the world: "135 projects" and "67 projects" have the same key and are two sets; "exports to one were 69, to the other 2.4" in
a single sentence are two things whatever the key says.
"""

from __future__ import annotations

from collections.abc import Sequence

from keruen.figures.causes import compatible_scopes, is_slip
from keruen.figures.claims import Claim
from keruen.figures.world import World

FAR = 3.0
"""Amounts of one document that lie further apart than this factor are of two things, unless a digit slipped."""


def one_thing(claims: Sequence[Claim]) -> tuple[list[Claim], list[Claim]]:
    """Split off what one document says beside another figure that can hardly be meant for the same thing.

    Nobody contradicts himself within a sentence, nor by a large factor within a document. The claim that other documents
    bear out stays, or else the larger: it is the likelier whole.

    Returns
    -------
    kept, others
        In the order of ``claims``.
    """

    def standing(claim: Claim) -> tuple[int, float, str]:
        others = (c for c in claims if c.source_id != claim.source_id)
        return (
            sum(claim.low <= c.high and c.low <= claim.high for c in others),
            claim.value,
            claim.statement_id,
        )

    kept: list[Claim] = []
    for claim in sorted(claims, key=standing, reverse=True):
        if not any(_of_two_things(claim, other) for other in kept):
            kept.append(claim)
    ids = {c.statement_id for c in kept}
    return [c for c in claims if c.statement_id in ids], [c for c in claims if c.statement_id not in ids]


def _of_two_things(a: Claim, b: Claim) -> bool:
    if a.source_id != b.source_id or (a.low <= b.high and b.low <= a.high):
        return False
    if a.sentence >= 0 and (a.sentence, a.voice) == (b.sentence, b.voice):
        return True
    low, high = sorted((a.value, b.value))
    return 0 < FAR * low < high and not is_slip(low, high)


def one_set(claims: Sequence[Claim], world: World) -> tuple[list[Claim], list[Claim]]:
    """Split the claims on a count or stock into those on one set of things and those on others.

    The set that most documents name stays, or the larger of two: it is the likelier whole.
    """
    quantity = claims[0].quantity
    kind = world.measure(quantity.indicator, claims[0].unit).kind
    if len(claims) == 1 or (kind not in {"count", "stock"} and quantity.aspect != "pledge"):
        return list(claims), []
    if compatible_scopes(claims):
        return list(claims), []
    clusters: list[list[Claim]] = []
    for claim in sorted(claims, key=lambda c: (c.value, c.statement_id)):
        if clusters and compatible_scopes([*clusters[-1], claim]):
            clusters[-1].append(claim)
        else:
            clusters.append([claim])
    chosen = max(clusters, key=lambda group: (len({c.source_id for c in group}), group[0].value))
    ids = {c.statement_id for c in chosen}
    return [c for c in claims if c.statement_id in ids], [c for c in claims if c.statement_id not in ids]
