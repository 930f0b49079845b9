"""The page as the reader's eye sees it: folded characters and sentence boundaries, at unchanged offsets.

Receives the text of a document, hands on a :class:`Page` whose folded strings have exactly as many code points as the text,
so that an offset found in one holds in the other.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

from keruen.statements.lexicon import lexicon

_HIDDEN = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u061c\u180e\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff\u00ad"
_FOLD: dict[str, str] = {
        **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "),
        **dict.fromkeys("\t\v\f\x1c\x1d\x1e\x1f\x85\u2028", " "),
        **dict.fromkeys("“”„‟«»", '"'),
        **dict.fromkeys("‘’‚‛ʼ`´", "'"),
        **dict.fromkeys("\u2010\u2011\u2212", "-"),
        **{chr(0xFF10 + d): str(d) for d in range(10)},
        "％": "%",
        "\u2029": "\n",
}  # fmt: skip
_HIDDEN_RUN = re.compile(f"[{_HIDDEN}]")

_ABBREVIATIONS = lexicon(
    """
    mr mrs ms dr prof gen st no nos vs approx ca inc ltd co corp est fig art sec jan feb mar apr jun
    jul aug sep sept oct nov dec u.s u.k u.n e.g i.e a.m p.m p.p ул г гг млн млрд трлн тыс руб долл
    т.е т.д и.о ж жж
    """
)
_MARK = "\f"
"""Stands before each paragraph; not a line break, which "$" would look past."""
_BLANKS = f" {_MARK}"
_LONGEST = 2_000
"""Longest sentence, in code points."""
_TONNES = re.compile(r"\d ?(?:(?:million|billion|thousand|mln|mn|bln|bn|млн|тыс|млрд)\.? )?[tт]\.$")
"""A weight at the end of a sentence, whose unit looks like an initial: "1.1 mln t. Gas"."""
_BREAK = re.compile(
    r"""\n[ \r]*\n\s*                              # a blank line
      | \n(?=[ ]*[A-ZА-Я][\w ]{2,30}:[ ])          # a line that opens with a heading
      | \n(?=[ ]*[-•*▪●|][ ])                      # a list item or table row
      | (?<=[.!?…])["')\]]{0,3}[ \r]*\n\s*         # a full stop at the end of a line
      | \|[ \r]*\n                                 # a table row's end
      | (?<=[.!?…])["')\]]{0,3}\s+(?=["'(\[$€£¥]{0,2}[\w$€£¥])""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Page:
    """A text with its folded forms and sentences.

    Parameters
    ----------
    text
        The document's text.
    flat
        The same with typographic variants folded and line breaks within paragraphs as blanks; equally long.
    low
        ``flat`` in lower case; equally long.
    starts
        Offsets at which sentences start, ascending, the first 0.
    paragraphs
        Offsets at which paragraphs start, ascending, the first 0.
    """

    text: str
    flat: str
    low: str
    starts: list[int]
    paragraphs: list[int]

    def spans(self) -> list[tuple[int, int]]:
        """Return the spans of all sentences, white space included."""
        return list(zip(self.starts, [*self.starts[1:], len(self.text)], strict=True))

    def sentence(self, offset: int) -> tuple[int, int]:
        """Return the span of the sentence that holds ``offset``, without surrounding white space."""
        i = bisect_right(self.starts, offset) - 1
        start = self.starts[i]
        end = self.starts[i + 1] if i + 1 < len(self.starts) else len(self.text)
        flat = self.flat
        while start < end and flat[start] in _BLANKS:
            start += 1
        while end > start and flat[end - 1] in _BLANKS:
            end -= 1
        return start, end

    def paragraph(self, offset: int) -> int:
        """Return the ordinal of the paragraph that holds ``offset``."""
        return bisect_right(self.paragraphs, offset) - 1


def _fold_hidden(found: re.Match[str]) -> str:
    """Fold an invisible character to a space, or between digits to a mark that spoils the numeral."""
    text, i = found.string, found.start()
    inside = 0 < i < len(text) - 1 and text[i - 1].isdigit() and text[i + 1].isdigit()
    return "_" if inside else " "


def page(text: str) -> Page:
    r"""Return the page of ``text``.

    Examples
    --------
    >>> leaf = page("Trade grew. It reached $27.8\u00a0billion.")
    >>> leaf.low[12:], leaf.sentence(20)
    ('it reached $27.8 billion.', (12, 37))
    """
    folded = text
    for c in set(text) & _FOLD.keys():
        folded = folded.replace(c, _FOLD[c])
    if _HIDDEN_RUN.search(folded):
        folded = _HIDDEN_RUN.sub(_fold_hidden, folded)
    low = folded.lower()
    if len(low) != len(folded):
        low = "".join(c.lower() if len(c.lower()) == 1 else c for c in folded)
    starts = [0]
    paragraphs = [0]
    for found in _BREAK.finditer(folded):
        at = found.end()
        if folded[found.start() : at].count("\n"):
            paragraphs.append(at)
        elif (
            _is_abbreviation(low, found.start())
            and not (folded[at].isupper() and _TONNES.search(low, max(0, found.start() - 16), found.start()))
        ) or (low[at].islower() and folded[at].islower()):
            continue
        starts.append(at)
    flat, flat_low = _flat(folded, paragraphs), _flat(low, paragraphs)
    return Page(text, flat, flat_low, _cut_long(folded, starts), paragraphs)


def _flat(folded: str, paragraphs: list[int]) -> str:
    """Return a text with its line breaks as blanks, but for a mark before each paragraph: no phrase runs across it."""
    flat = folded.replace("\n", " ").replace("\r", " ")
    if len(paragraphs) == 1:
        return flat
    cuts = [*paragraphs, len(flat) + 1]
    return _MARK.join(flat[a : b - 1] for a, b in pairwise(cuts))


def _cut_long(folded: str, starts: list[int]) -> list[int]:
    """Return sentence starts with runaway sentences cut at a blank: work within a sentence stays bounded."""
    ends = [*starts[1:], len(folded)]
    if max((b - a for a, b in zip(starts, ends, strict=True)), default=0) <= _LONGEST:
        return starts
    out: list[int] = []
    for start, end in zip(starts, ends, strict=True):
        at = start
        out.append(at)
        while end - at > _LONGEST:
            blank = folded.find(" ", at + _LONGEST // 2, at + _LONGEST)
            at = blank + 1 if blank >= 0 else at + _LONGEST
            out.append(at)
    return out


def _is_abbreviation(low: str, stop: int) -> bool:
    """Whether the full stop before ``stop`` ends an abbreviation or an initial rather than a sentence."""
    if stop == 0 or low[stop - 1] != ".":
        return False
    begin = (
        max(
            low.rfind(" ", max(0, stop - 16), stop - 1),
            low.rfind("\n", max(0, stop - 16), stop - 1),
        )
        + 1
    )
    word = low[begin : stop - 1].strip("\"'(")
    return word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha())
