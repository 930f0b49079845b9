"""Who says a figure: named beside it, around its quotation, or carried by a pronoun.

Receives a page, hands on the speaker of a quantity: a person without title, or an institution.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from keruen.statements import cyrillic as cy
from keruen.statements.lexicon import lexicon
from keruen.statements.page import Page
from keruen.statements.quantity import Quantity

_INFORMS = re.compile(r"(?<=\w )(?:informs?|reports?|announces?|communicates|declares)(?: that)?:")
_SPEECH = re.compile(
    r"(?<![\w-])(said|says|saying|told|tells|noted|notes|noting|adds|adding|highlighting|stressing|citing|explaining|stated|states(?= that\b|[,:])|stating|stressed|explained|explains|offers|offered|announced|announces|reported|reports|"
    r"emphasi[sz]ed|highlighted|recalled|recalls|say|claim|claims|argue|warn|predict|pointed out|pointing out|underlined|claimed|remarked|continued|concluded|declared|informed|informs|"
    r"observed|argued|argues|wrote|writes|expects|estimates|estimated|forecasts|predicted|predicts|unveiled|pledged|approved|continues to underscore|promised|confirmed|according to|"
    r"warn(?:ed|s|ing)|cautioned|insisted|suggest(?:ed|s)|acknowledged|admitted|reiterated|assured|clarified|specified|quoted as saying|calculates|calculated|finds|found|guides(?= to\b)|projects(?= (?:that|growth|a|an)\b)|reckons|show(?:ed|s)?(?= that\b)|granted|extended|donated|earmarked|puts?(?= (?!up\b|on\b|off\b|forward\b)[a-z][^,.;]{2,50}? at\b)|(?:lowered|raised|cut|revised|upgraded|downgraded|kept|trimmed)(?= (?:its|their|the) (?:[a-z]+ ){0,3}(?:forecast|estimate|projection|outlook|guidance|target))|called (?:on|for)|urged|calls (?:on|for)|asserted|testified|posted|recounted|in the words of|mentioned|commented|outlined|added|instructed|revealed|disclosed|proposed|believes?|allocated)(?!\w)"
)
_NAMED_BEHIND = frozenset({"according to", "in the words of", "citing"})
_PASSIVE = re.compile(
    r"\b(?:was|were|is|are|been|be|being|as)(?: (?:also|previously|earlier|recently|officially))? $"
)
_TITLE = re.compile(
    r"^(?:(?:the|his|her|its|Kazakh|Russian|Kazakhstani|Uzbek|Chinese|Kyrgyz|Tajik|Turkmen|Italian|Turkish|Azerbaijani|Iranian|Georgian|German|French|Japanese|First|Deputy|Vice|Acting|Former|Prime|Foreign|Trade|Transport|Energy|"
    r"Finance|Economy|Industry|Agriculture|Education|Interior|Defence|Defense|National|Kazakhstan's|Russia's|Head|Chief|Executive|Senior|"
    r"Minister|Ministers|President|Premier|Chairman|Chairwoman|Chairperson|Chair|Director|Governor|Ambassador|Secretary|Senator|Speaker|Mayor|Akim|"
    r"General|CEO|Spokesman|Spokeswoman|Spokesperson|Commissioner|Dr|Mr|Mrs|Ms|Prof|Professor|Analyst|Economist|Expert|PM|minister|president|premier|deputy|"
    r"spokesman|spokeswoman|spokesperson|chairman|director|analyst|economist|expert|vice|chief|executive|head|counterpart)\.?,?\s+)+"
)
_NAME_WORD = re.compile(r"[A-ZА-ЯЁӘҒҚҢӨҰҮҺІ]")
_INNER = frozenset(["of", "the", "for", "and", "&", "de", "al", "bin", "on"])
_LOWER_HEADS = lexicon(
    """
    ministry ministries government governments office bureau agency agencies authorities committee
    company officials department service minister president bank organisation organization
    institutions railways railway commission administration operator spokesman spokeswoman analysts
    experts statement press report centre center leaders investors deputy prime fund association
    economist expert analyst researcher governor rector ambassador chairman director envoy adviser historian source
    proponents critics supporters observers insiders diplomats developers operators organisers planners forecasters partners
    authority regulator corporation secretariat watchdog chamber lender institute university union police lawmakers carriers exporters
    academics scientists economists traders sources akimat holding consortium embassy council parliament premier
    """
)
_HEADS = _LOWER_HEADS | cy.HEADS
_FIELDS = frozenset({
    "customs", "border", "foreign", "finance", "energy", "transport", "trade", "tax", "economy", "agriculture", "health", "education",
    "interior", "defence", "defense", "tourism", "labour", "labor", "culture", "sports", "science", "environment", "ecology", "water",
    "digital", "justice", "emergencies", "information", "construction", "infrastructure", "oil", "mining", "commerce", "planning", "aviation",
    "migration", "railway", "statistics", "investment", "industry", "port", "works", "public", "roads", "housing", "security", "competition",
})  # fmt: skip
"""What an institution is for, written small: "the customs committee"."""
_PART_OF_NAME = frozenset({
    "other", "international", "press", "national", "railway", "statistics", "foreign", "european",
    "central", "from", "regional", "state", "local", "federal", "gulf", "the", *_FIELDS,
})  # fmt: skip
_SKIP_LEFT = lexicon(
    """
    also later earlier then previously recently has have had further developed this theme by on
    monday tuesday wednesday thursday friday saturday sunday in january february march april may
    june july august september october november december week today yesterday thereby additionally
    again who as repeatedly officially jointly is are was were
    """
)
_PRONOUNS = frozenset({"he", "she", "they", "it", "him", "her", "them"})
_TOKEN = re.compile(r"[\w'&.\-]+|,|\"|\(|\)|—|;|:")


def _is_name(token: str) -> bool:
    return bool(_NAME_WORD.match(token))


def _is_genitive(token: str, before: str) -> bool:
    """Whether a Russian or Kazakh word goes with an institution: "Министерство торговли"."""
    return bool(cy.HAS.match(token)) and before.lower() in cy.HEADS


_AGENCIES = frozenset(
    {
        "kazinform",
        "trend",
        "interfax",
        "tass",
        "reuters",
        "azertac",
        "azertag",
        "bloomberg",
        "xinhua",
        "afp",
        "ap",
        "sputnik",
        "kazinform news agency",
        "trend news agency",
        "ukrinform",
        "inform.kz",
    }
)
"""Carriers of news: they pass on what others say."""


def _name_left(flat: str, start: int, at: int) -> str | None:
    """Return the subject that ends before ``at``: a name, an institution or a pronoun."""
    tokens: list[str] = _TOKEN.findall(flat[max(start, at - 200) : at])
    i = len(tokens) - 1
    # a short form in brackets: "Kazakhstan Temir Zholy (KTZ) reports"
    if i >= 3 and tokens[i] == ")" and tokens[i - 2] == "(":
        i -= 3
    # an inserted phrase between commas: "Abdenov, the deputy minister, told"
    if i >= 0 and tokens[i] == ",":
        j = i - 1
        while j >= 0 and i - j < 20 and tokens[j] != ",":
            j -= 1
        inner = tokens[j + 1 : i]
        if j > 0 and 2 <= len(inner) <= 3 and all(_is_name(t) for t in inner):
            # "the deputy minister, Laziz Qudratov, noted"
            return " ".join(inner)
        if j > 0 and tokens[j] == "," and _is_name(tokens[j - 1]):
            i = j - 1
        else:
            return None
    skipped = 0
    while (
        i >= 0
        and (
            tokens[i].lower() in _SKIP_LEFT
            and not (_is_name(tokens[i]) and tokens[i].lower() not in _SKIP_LEFT)
        )
        and skipped < 6
    ):
        i -= 1
        skipped += 1
    if i < 0:
        return None
    if tokens[i].lower() in _PRONOUNS:
        return tokens[i].lower()
    stop = i
    begin = i + 1
    while i >= 0:
        token = tokens[i]
        lowered = token.lower()
        if (
            _is_name(token)
            or lowered in _HEADS
            or (i > 0 and _is_genitive(token, tokens[i - 1]))
            or (begin == i + 1 and (lowered in _FIELDS or lowered.endswith(("'s", "s'"))))
        ):
            begin = i
        elif (
            (lowered == "in" and i > 0 and begin == i + 1 and tokens[i - 1].lower() in _HEADS)
            or (
                lowered in _INNER
                and i > 0
                and (_is_name(tokens[i - 1]) or tokens[i - 1].lower() in _HEADS or lowered == "the")
            )
            or lowered in _PART_OF_NAME
        ):
            pass
        else:
            break
        i -= 1
    if begin > stop:
        return None
    words = tokens[begin : stop + 1]
    if len(words) == 1 and words[0].lower() in ("the", "a", "an", "this"):
        # "the proposed loan": no verb of speech
        return None
    if i >= 0 and tokens[i].isdigit():
        # "a survey of 1,200 exporters found"
        return None
    return " ".join(words)


def _name_right(flat: str, at: int, end: int) -> str | None:
    """Return the name or institution that starts at ``at``: after "said" or "according to"."""
    tokens: list[str] = _TOKEN.findall(flat[at : min(end, at + 120)])
    if tokens and tokens[0].lower() in _PRONOUNS:
        return tokens[0].lower()
    out: list[str] = []
    for i, token in enumerate(tokens):
        lowered = token.lower().rstrip(".").removesuffix("'s")
        clean = token.rstrip(".") if len(token) > 3 else token
        if (
            _is_name(token)
            or lowered in _HEADS
            or (
                lowered.endswith("s'")
                and i + 1 < len(tokens)
                and tokens[i + 1].lower().rstrip(".") in _LOWER_HEADS
            )
            or (out and (lowered in _INNER or _is_genitive(token, out[-1])))
            or lowered
            in (
                "the",
                "national",
                "official",
                "data",
                "figures",
                "statistics",
                "preliminary",
                "state",
                "regional",
                "statistical",
            )
            or (
                lowered in _FIELDS
                and any(
                    t.lower().rstrip(".").removesuffix("'s") in _LOWER_HEADS for t in tokens[i + 1 : i + 4]
                )
            )
        ):
            out.append(clean)
            if token.endswith(".") and len(token) > 3:
                break
        else:
            break
    while out and (out[-1].lower() in _INNER):
        out.pop()
    if not any(_is_name(w) or w.lower() in _HEADS for w in out):
        return None
    return " ".join(out)


def tidy(name: str) -> str:
    """Return a speaker's name without titles where a personal name remains.

    Examples
    --------
    >>> tidy("Kazakh Prime Minister Olzhas Bektenov"), tidy("the Ministry of Transport"), tidy("Bektenov's office")
    ('Olzhas Bektenov', 'Ministry of Transport', "Bektenov's office")
    """
    words = name.split()
    last = max((i for i, w in enumerate(words) if w in _LAST_TITLES), default=-1)
    if last >= 0 and last + 1 < len(words) and all(_is_name(w) for w in words[last + 1 :]):
        words = words[last + 1 :]
    while len(words) > 1 and words[0].lower() in cy.TITLES and _is_name(words[-1]):
        words = words[1:]
    name = " ".join(words)
    if words[-1].lower() in _INSTITUTIONS:
        return re.sub(r"^(?:[Tt]he|[Aa]n?|[Hh]is|[Hh]er|[Ii]ts) ", "", name).strip(" ,.")
    bare = _TITLE.sub("", name + " ").strip(" ,.")
    if bare and _is_name(bare) and not bare.lower().startswith(("of ", "for ", "the ")):
        return bare
    return re.sub(r"^(?:[Tt]he|[Aa]n?) ", "", name).strip(" ,.")


_INSTITUTIONS = frozenset({
    "ministry", "committee", "bank", "agency", "department", "commission", "bureau", "railway", "railways", "service", "authority",
    "corporation", "fund", "association", "institute", "university", "chamber", "centre", "center", "administration", "airlines", "post",
})  # fmt: skip
_LAST_TITLES = frozenset({"Minister", "President", "Premier", "Chairman", "Chairwoman", "Director", "Governor", "Ambassador", "Secretary", "Spokesman", "Spokeswoman", "Board", "CEO"})  # fmt: skip
_TITLE_ALONE = re.compile(
    r"(?:[Tt]he )?(?:(?:Kazakh|Russian|Uzbek|Kyrgyz|Tajik|Turkmen|Azerbaijani|Chinese|Prime|Deputy|Foreign|prime|deputy|foreign) )*(?:[Pp]resident|[Mm]inister|[Pp]remier|Head of State|[Cc]hairman)"
)
_PARTICIPLES = frozenset({"noting", "saying", "adding", "highlighting", "stressing", "citing", "explaining", "stating", "pointing out"})  # fmt: skip
_BY_RIGHT = re.compile(r"(?: on [a-z0-9 ]{1,14}?)? by (?:the )?")
_ACTS = frozenset(
    {
        "pledged",
        "offers",
        "offered",
        "unveiled",
        "approved",
        "allocated",
        "granted",
        "extended",
        "donated",
        "earmarked",
        "promised",
        "expects",
        "proposed",
        "instructed",
    }
)
_NEW_SUBJECT = re.compile(
    r";|,(?: and| but| while)? (?:the )?[A-Z]| and [A-Z][a-z]+ (?:has|have|had|will|would|is|are)\b|, while "
)
_CLOSES_SPEECH = frozenset({",", '"', "-", "–", "—"})


@dataclass(frozen=True, slots=True)
class Speech:
    """A verb of speech, with the name beside it; ``act`` where the words are a deed ("pledged") that speaks for its own clause alone, ``later`` where it is the second verb of its subject and speaks for what follows."""

    at: int
    name: str
    act: bool = False
    later: bool = False


class Speakers:
    """Who says what on a page: named beside the figure, around its quotation, or carried by a pronoun."""

    def __init__(self, leaf: Page) -> None:
        self.leaf = leaf
        self.quotes = self._quotes()
        self._informants: dict[int, str | None] = {}
        self._memo: dict[int, list[Speech]] = {}

    def _quotes(self) -> list[tuple[int, int]]:
        """Return the spans of quotations; one that is never closed ends with its paragraph."""
        flat, spans, opened = self.leaf.flat, [], -1
        marks = [m.start() for m in re.finditer('"', flat)]
        for at in marks:
            if opened >= 0 and self.leaf.paragraph(at) != self.leaf.paragraph(opened):
                opened = -1
            opens = (
                (at == 0 or not (flat[at - 1].isalnum() or flat[at - 1] in ".,!?…)"))
                and at + 1 < len(flat)
                and flat[at + 1] != " "
            )
            if opened < 0:
                if opens:
                    opened = at
            elif not opens:
                spans.append((opened, at))
                opened = -1
            else:
                opened = at
        return spans

    def events(self, start: int, end: int) -> list[Speech]:
        """Return the verbs of speech in a sentence, each with its name."""
        if start not in self._memo:
            self._memo[start] = self._events(start, end, strict=True)
        return self._memo[start]

    def _events(self, start: int, end: int, *, strict: bool) -> list[Speech]:
        """Return the verbs of speech between two offsets; ``strict`` wants a comma or quotation mark before "said X"."""
        low, flat = self.leaf.low, self.leaf.flat
        out: list[Speech] = []
        for m in _SPEECH.finditer(low, start, end):
            later = False
            by = _BY_RIGHT.match(low, m.end(), end)
            if m.group(1) in _NAMED_BEHIND:
                name = _name_right(flat, m.end(), end)
            elif by is not None:
                name = _name_right(flat, by.end(), end)
            elif strict and _PASSIVE.search(low, max(start, m.start() - 20), m.start()):
                continue
            else:
                name = _name_left(flat, start, m.start())
                before = low[max(start, m.start() - 3) : m.start()].strip(" ")[-1:]
                if name is None and (not strict or before in _CLOSES_SPEECH):
                    name = _name_right(flat, m.end(), end)
                if name is None and low.endswith("and ", start, m.start()):
                    # "Astana has named 100 sites and expects": the subject of both
                    name, later = _name_right(flat, start, m.start()), True
                if name is None and m.group(1) in _PARTICIPLES:
                    name = _name_right(flat, start, m.start())
            if name:
                out.append(Speech(m.start(), name, m.group(1) in _ACTS, later))
        if cy.HAS.search(low, start, end):
            for m in cy.SPEECH.finditer(low, start, end):
                inverted = low[max(start, m.start() - 3) : m.start()].strip(" ")[-1:] in _CLOSES_SPEECH
                name = _name_right(flat, m.end(), end) if m.group("right") or inverted else None
                name = name or _name_left(flat, start, m.start()) or _name_right(flat, m.end(), end)
                if name:
                    out.append(Speech(m.start(), name))
        return [e for e in out if tidy(e.name).lower() not in _AGENCIES]

    def _last_named(self, before: int) -> str | None:
        """Return the last personal name beside a verb of speech (or title) before an offset, twelve sentences back at most; else the last title."""
        leaf = self.leaf
        i = max(0, bisect_left(leaf.starts, before) - 1)
        title: str | None = None
        for k in range(i, max(-1, i - 12), -1):
            start, end = leaf.sentence(leaf.starts[k])
            for event in reversed(self.events(start, end)):
                if event.at < before and event.name not in _PRONOUNS:
                    if not _TITLE_ALONE.fullmatch(event.name):
                        return event.name
                    title = title or event.name
            titled = list(
                re.finditer(
                    r"(?:Minister|President|Premier|Chairman|Head|Ambassador|Director) ((?:[A-Z][\w'-]+ ?){1,3})",
                    leaf.flat[start : min(end, before)],
                )
            )
            if titled:
                return titled[-1].group(1).strip()
        return title

    def _elsewhere(self, event: Speech, q: Quantity) -> bool:
        """Whether a quantity stands in another clause than a deed."""
        a, b = sorted((event.at, q.start))
        return bool(_NEW_SUBJECT.search(self.leaf.flat, a, b))

    def of(self, q: Quantity) -> str | None:
        """Return who says a quantity; None where nobody is named."""
        leaf = self.leaf
        start, end = leaf.sentence(q.num_start)
        name: str | None = None
        k = bisect_left(self.quotes, (q.num_start, 0)) - 1
        if k >= 0 and q.num_start < self.quotes[k][1]:
            name = self._around(*self.quotes[k])
        if name is None:
            events = [
                e
                for e in self.events(start, end)
                if not (e.act and self._elsewhere(e, q)) and not (e.later and q.start < e.at)
            ]
            if events:
                name = min(events, key=lambda e: abs(e.at - q.num_start)).name
            else:
                name = self._informant(start)
        if name in _PRONOUNS:
            name = self._last_named(start)
        elif name and _TITLE_ALONE.fullmatch(name):
            name = self._last_named(start) or name
        return tidy(name) if name else None

    def _informant(self, start: int) -> str | None:
        """Return who speaks a paragraph that opens with "The ministry informs:"; None where it does not."""
        leaf = self.leaf
        opened = leaf.paragraphs[leaf.paragraph(start)]
        if opened not in self._informants:
            m = _INFORMS.search(leaf.low, opened, min(opened + 120, len(leaf.low)))
            self._informants[opened] = _name_left(leaf.flat, opened, m.start()) if m else None
        return self._informants[opened]

    def _around(self, a: int, b: int) -> str | None:
        """Return who speaks a quotation: the verb of speech behind it, else before it."""
        leaf = self.leaf
        after_end = min(len(leaf.flat), b + 160)
        paragraph = leaf.paragraph(b)
        stop = leaf.paragraphs[paragraph + 1] if paragraph + 1 < len(leaf.paragraphs) else len(leaf.flat)
        tail = re.search(r"[.;!?](?= |$)", leaf.flat[b + 1 : min(after_end, stop)])
        behind = self._events(b + 1, b + 1 + tail.end() if tail else min(after_end, stop), strict=False)
        if behind:
            return behind[0].name
        start, _ = leaf.sentence(max(0, a - 1))
        before = self._events(start, a, strict=False)
        if before:
            return before[-1].name
        return self._last_named(a)
