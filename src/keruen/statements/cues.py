"""Cues: the words by which a sentence says that it reports, estimates, forecasts, aims or promises.

Each kind is told by verbs and nouns; auxiliaries ("will", "is to", "plans to") take their kind from the verb they govern: money that
will be given is a pledge, works that will be done are a target, what will merely happen is a forecast.
"""

from __future__ import annotations

import re

_GIVING = r"(?:co-)?(?:invest|allocat|provid|financ|fund|lend|spend|contribut|supply|suppli|grant|channel|disburs|deliver|pour|inject|earmark|donat|pay|put up|extend|offer)"
_NO_AIM = rf"(?!{_GIVING}|visit|meet|hold|attend|take place|travel|discuss|sign)"
_WANT = r"(?:aim|plan|hop|intend|want|striv|aspir|seek|wish|look|work|endeavou?r)(?:e?s|ed|ned|ing|ning)?|sought|plan|hope|strive|aspire|agreed?|decided|proposed?|need(?:s|ed)?|committed"
CUES: list[tuple[str, str]] = [
    ("target",
     rf"aim(?:s|ed|ing)?\b|(?:{_WANT}) to {_NO_AIM}[a-z]+|target(?:s|ed|ing)?\b|goals?\b|objectives?\b|ambitions?\b|seek(?:s|ing)? to|(?:instruct|task|order)ed\b"
     rf"|(?:is|are|was|were|has been|have been|being)(?: also)? planned\b|it is planned|planned (?:to {_NO_AIM}|for|increase|capacity|level)"
     r"|(?:will|would) have (?!been)\w+ed|must (?!have\b)[a-z]+|should (?!have\b)[a-z]+|planned\b(?= (?:in|for|by|across|at) )|(?:needs? to|has to|have to) (?:be|reach|rise|grow|not|exceed|amount|increase|total|account|make up|cover|fall|drop|double|triple)"
     rf"|(?:is|are) to {_NO_AIM}[a-z]+|plans? (?:for )?(?:exports?|imports?|output|production|growth|trade|deliver(?:y|ies)|supplies) of|plans? (?:call|provid|envisag|foresee)\w*"
     rf"|(?:will|to|would) be (?:built|constructed|reconstructed|modernis\w+|moderniz\w+|commissioned|repaired|upgraded|electrified|completed|rebuilt|laid|renewed|replaced|introduced|rehabilitated|put into operation|brought|raised|increased|doubled|tripled|expanded|reduced|cut|lowered|boosted|shortened|extended|widened)"
     r"|(?:strategy|programme|program|roadmap|concept|project|decree|document|law|vision|agenda|plan) (?:sets|provides|calls|envisages|envisions|foresees|stipulates|aims)|envisag\w+|envision\w+|foresees?|foreseen"
     rf"|(?:will|to) (?:each |also |jointly |together |soon |now |further )?(?:electrify|rebuild|lay|repair|upgrade|renew|build|construct|reconstruct|modernis\w+|moderniz\w+|commission|complete|double|triple|raise|bring)\b|(?:talk|dream)s? of|with a view to|in order to|(?:is|are) (?:also |now |jointly )?preparing\b|call(?:s|ed|ing) (?:on|for)|urg(?:e|es|ed|ing)\b|can bring\b"),
    ("pledge",
     rf"pledg(?:e|es|ed|ing)\b|commit(?:s|ted|ment|ments|ting)?\b|(?:(?:will|would|plans?|planned|intends?|intended|intending|wants?|hopes?|aims?|ready|agreed|promis\w+|vow\w*|set|is|are|going|decided|offer\w*|undertook|undertakes) to |will |would )(?:jointly |also |additionally |further )?{_GIVING}\w*\b"
     rf"|(?:will|would|to) be (?:invested|allocated|provided|spent|disbursed|channell?ed|earmarked|financed|granted|lent|injected|transferred|paid|set aside)|announc(?:e|es|ed|ing) (?:plans|a plan|an? (?:\w+ )?package|(?=[$€£¥₸]|[a-z]{{3}} ?\d|\d))|unveil(?:s|ed|ing)?\b"
     r"|(?:investment|aid|financing|support|grant|loan) package|packages?\b|loans?\b|(?:plans|intention|proposal|commitments?) to invest|promis(?:e|es|ed|ing)\b|earmark(?:s|ed)?|(?:been |was |were |is |are )?set aside\b|(?:was|were|been|is|are) budgeted|allott?ed|allocates?\b"
     r"|agreements? (?:provides?|worth|valued|totall?ing)|memorand\w+ (?:worth|valued)|deals? worth|contracts? (?:worth|valued)|agreement provides|credit lines?|set to launch|(?:launch|unveil|announc|approv|agree|sign)(?:ed|es|ing)? an? (?=[a-z]{0,3}[$€£¥₸]? ?\d)|signed for|vow(?:s|ed)?\b|undertook to|offer(?:s|ed)?\b(?= (?:[$€£¥₸]|a |an |\d))"),
    ("forecast",
     r"(?<!against )(?<!than )forecast(?:s|ed|ing)?\b|expect(?:s|ed|ing|ation|ations)?\b|projects?\b(?= (?:that|growth|an?|it)\b)|project(?:ed|ing|ion|ions)\b(?= (?:that|to|a|an|the|growth|it|at|for|by|volume|increase)\b|[.,;]|$)|(?:is|are|was|were) (?:also )?projected|predict(?:s|ed|ing|ion)?\b|anticipat(?:e|es|ed|ing)\b|foresee\b"
     r"|(?:is|are|was|were) (?:likely|set|due|on track|poised|slated|scheduled|bound)\b(?! to launch)|on course (?:to|for)|(?:will|would|could|(?<!in )(?<!since )(?<!last )(?<!during )(?<!of )(?<!by )may|might|shall|'ll)\b(?! (?:invest|allocate|provide|finance|fund|lend|build|construct)\b)|outlook\b|guid(?:es|ed) (?:to|for)\b|prospective|potential(?:ly)? (?:reach|rise|grow|of)|in (?:the )?future|by the time|guidance\b|likely to|assum(?:ed|es|ing)\b"),
    ("estimate",
     r"estimat(?:e|es|ed|ing|ion|ions)\b|(?:is|are) believed to|(?:is|are) thought to|presumably|calculations?\b|calculate[sd]?\b|costed at|analysts? (?:put|reckon)|reckon(?:s|ed)?\b|preliminary (?:data|figures|estimates?|results)|assess(?:es|ed)\b|probable|(?:is|are|was|were) (?:put|valued|assessed) at|(?:(?:has|have|had) )?puts? (?!up\b|on\b|off\b|forward\b)[a-z][^,.;]{2,50}? at\b|by some (?:counts|accounts)|would (?:now )?cost an estimated"),
    ("reported",
     r"amounted to|amounts to|amounting to|totall?ed|totals\b|reached\b|reaching\b|stood at|stands at|came to|comes to|grew\b|rose\b|fell\b|increased\b|decreased\b|declined\b|dropped\b|climbed\b|jumped\b|soared\b|surged\b|slipped\b|exceeded\b|was\b(?! (?:planned|expected|projected|forecast|targeted))|were\b(?! (?:planned|expected|projected|forecast|targeted))|passed\b|handled\b|carried\b|transported\b|made up|makes up|make up|(?:which|that|it) costs?\b|costs (?=(?:about |around |some |up to |over |more than |at least |nearly |almost |between |only |just )?[$€£¥₸a-z]{0,3} ?\d)|can (?:now |already |also |only |currently )?(?!bring|reach|rise|grow|double|triple|become|be\b)[a-z]+|takes\b|took\b|averaged\b|lent\b|put\b(?! (?:up|on|off|forward)\b)|gives?\b"
     r"|accounts? for|accounted for|accounting for|accounted|operates?\b|received\b|(?:has|have|had) (?:already |now |since |also )?(?:been )?(?!to\b|planned|hoped|intended|aimed|pledged|promised|agreed|wanted|expected|forecast|projected|targeted|committed|offered|vowed)\w+(?:ed|un|wn|ne|en|ade|ilt|ent|old|id|ut)\b|poured\b|invested\b|ranks?\b|ranked\b|currently|allocated\b|shipped\b|moved\b|exported\b|imported\b|produced\b|generated\b|did not\b|employs?\b|sold\b|bought\b|drew\b|attracted\b|mined\b|supplied\b|served\b|met\b|brought in|spent\b|paid\b|holds\b|hosts?\b|there (?:is|are|were|was)\b"
     r"|is\b(?! (?:to|planned|expected|projected|forecast|set|due|likely|estimated|targeted|being planned|scheduled|slated|poised))|are\b(?! (?:to|planned|expected|projected|forecast|set|due|likely|estimated|targeted|scheduled|slated|poised))|(?:has|have|had) (?=(?:about |some |over |more than |nearly |almost |around |up to |at least |only |just )?[$€£¥₸]?\d)|held\b|signed\b(?! for)|completed\b|opened\b|built\b|shrank\b|doubled\b|tripled\b|provides\b|supplies\b|speaks?\b|live\b|down from|up from|compared (?:to|with)|already"),
]  # fmt: skip
CUE = re.compile(r"(?<![\w-])(?:" + "|".join(f"(?P<{name}>{pattern})" for name, pattern in CUES) + ")")
"""Finds a cue; the name of the group that matched is its kind."""
