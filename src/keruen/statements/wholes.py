"""Whose total an amount is: "Kazakhstan's foreign trade turnover exceeded 65.9 billion, with China and Russia ...".

A total has an owner and no partner, whatever countries its sentence names besides; "trade with China" has the partner that it
names; and a share of an owner's total is the owner's, with the other country as partner.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from keruen.statements.catalogue import Mention

_TOTAL = re.compile(r"(?:['’]s)? (?:(?:total|overall|entire|foreign|external) )+trade\b")
_WITH = re.compile(r"\b(?:trade|turnover|commerce) with (?:the )?$")
_CHANNEL = re.compile(
    r" of (?:the |all |their |its )?(?:bilateral |mutual )?(?:trade|settlements|payments|turnover)(?: (?:between|with|of) [^.;,]{2,60}?)?(?: is| are| was| were| being)? "
    r"(?:conducted|settled|carried|paid|handled|done|made|transported)\b"
)
_OF_BLOC_WITH = re.compile(
    r" of (?:the |all )?(?:foreign |mutual |total )?trade (?:turnover )?(?:of|between) [^.,;]{2,40}? (?:with|and) (?:the )?[a-z]"
)
"""A member's share in what its bloc trades with a third: "has a share of half of the trade of Central Asia with Russia"."""
_SHARE_OF = re.compile(
    r"['’]s? share (?:of|in) (?:the |total |foreign |overall |country's |its )*(?:trade|turnover)\b"
)
_SHARE_IN = re.compile(r"['’]s? share (?:of|in) (?:the )?")
_OF_THAT = re.compile(r" of (?:this|that|it|these|which)\b")
_TOGETHER = re.compile(r" (?:together )?(?:accounting|account|accounted|making|make|made) (?:for|up)\b")
_BETWEEN = re.compile(r"\btrade (?:with|between)\b")


def no_partners_share(low: str, end: int) -> bool:
    """Whether a share is of trade by channel ("conducted through regions") or of an amount just told ("half of this").

    Examples
    --------
    >>> no_partners_share("nearly 70% of trade conducted through regions", 10)
    True
    """
    return bool(_CHANNEL.match(low, end) or _OF_THAT.match(low, end) or _OF_BLOC_WITH.match(low, end))


def owned_total(
    low: str, start: int, end: int, mentions: Sequence[Mention], home: int | None, *, share: bool
) -> tuple[int, int | None] | None:
    """Return owner and partner of a trade total, of trade "with" a partner, or of a share of an owner's total.

    Parameters
    ----------
    low
        The text in lower case.
    start, end
        Of the quantity.
    mentions
        Countries and blocs of its sentence.
    home
        The document's own country.
    share
        Whether the quantity is a share.

    Returns
    -------
    tuple or None
        None where the words do not say so.
    """
    ordered = sorted(mentions, key=lambda m: m.start)
    owners = [m for m in ordered if _TOTAL.match(low, m.end)]
    before = [m for m in ordered if m.end <= start]
    if share:
        if (
            before
            and len(before) > 1
            and low[before[-2].end : before[-1].start] == " and "
            and _TOGETHER.match(low, before[-1].end)
        ):
            owner = owners[-1].place if owners else home
            return None if owner is None else (owner, None)
        if before and (told := _SHARE_OF.match(low, before[-1].end, start)):
            # "Russia's share of the country's trade": the owner is told of before
            other = next((m for m in owners if told.end() > m.start), None)
            return None if other or home is None or home == before[-1].place else (home, before[-1].place)
        if len(before) > 1 and _SHARE_IN.fullmatch(low, before[-2].end, before[-1].start):
            return before[-1].place, before[-2].place
        owner_after = next((m for m in owners if 0 <= m.start - end <= 8), None)
        if owner_after is None:
            return None
        others = [m for m in before if m.place != owner_after.place]
        subject = others[0] if others else None
        return (owner_after.place, subject.place) if subject is not None else None
    if before and _WITH.search(low, max(0, before[-1].start - 24), before[-1].start):
        partner = before[-1]
        owner = next((m.place for m in reversed(owners) if m.end <= partner.start), home)
        return None if owner is None or owner == partner.place else (owner, partner.place)
    owner_before = next((m for m in reversed(owners) if m.end <= start), None)
    if owner_before is None or _BETWEEN.search(low, owner_before.end, start):
        return None
    return owner_before.place, None
