"""English words for numbers, scales, units and counted things, each with what it means in base units."""

from __future__ import annotations

from keruen.statements.lexicon import lexicon

ONES: dict[str, float] = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS: dict[str, float] = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
SCALES: dict[str, float] = {
    "hundred": 1e2, "thousand": 1e3, "thousands": 1e3, "million": 1e6, "millions": 1e6, "billion": 1e9, "billions": 1e9,
    "trillion": 1e12, "trillions": 1e12, "mln": 1e6, "mn": 1e6, "bln": 1e9, "bn": 1e9, "trn": 1e12, "tn": 1e12,
    "dozen": 12, "thsd": 1e3, "thous": 1e3, "lakh": 1e5, "crore": 1e7,
}  # fmt: skip
SHORT_SCALES: dict[str, float] = {"k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}
"""Letters that scale an amount of money, or a count written against the numeral."""

ORDINALS: dict[str, float] = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12,
}  # fmt: skip
FRACTIONS: dict[str, float] = {
    "half": 1 / 2, "halves": 1 / 2, "third": 1 / 3, "thirds": 1 / 3, "quarter": 1 / 4, "quarters": 1 / 4, "fourth": 1 / 4,
    "fourths": 1 / 4, "fifth": 1 / 5, "fifths": 1 / 5, "sixth": 1 / 6, "sixths": 1 / 6, "seventh": 1 / 7, "eighth": 1 / 8,
    "eighths": 1 / 8, "tenth": 1 / 10, "tenths": 1 / 10,
}  # fmt: skip
MULTIPLES: dict[str, float] = {
    "doubled": 2, "doubling": 2, "doubles": 2, "double": 2, "twice": 2, "twofold": 2, "tripled": 3, "tripling": 3,
    "triples": 3, "triple": 3, "trebled": 3, "treble": 3, "threefold": 3, "quadrupled": 4, "quadrupling": 4, "quadruple": 4,
    "fourfold": 4, "quintupled": 5, "fivefold": 5, "sixfold": 6, "sevenfold": 7, "eightfold": 8, "ninefold": 9, "tenfold": 10,
    "halved": 0.5, "halving": 0.5, "halve": 0.5,
}  # fmt: skip

SIGNS: dict[str, str] = {
    "us$": "USD", "u.s.$": "USD", "usd": "USD", "$": "USD", "€": "EUR", "eur": "EUR", "£": "GBP", "gbp": "GBP", "¥": "JPY",
    "cn¥": "CNY", "rmb": "CNY", "cny": "CNY", "jpy": "JPY", "₸": "KZT", "kzt": "KZT", "tg": "KZT", "₽": "RUB", "rub": "RUB",
    "rur": "RUB", "₺": "TRY", "try": "TRY", "₹": "INR", "inr": "INR", "uzs": "UZS", "kgs": "KGS", "tjs": "TJS", "tmt": "TMT",
    "azn": "AZN", "₼": "AZN", "gel": "GEL", "₾": "GEL", "amd": "AMD", "byn": "BYN", "irr": "IRR", "chf": "CHF", "aed": "AED",
    "sar": "SAR", "krw": "KRW", "₩": "KRW", "a$": "AUD", "aud": "AUD", "c$": "CAD", "cad": "CAD", "hk$": "HKD", "s$": "SGD",
    "sgd": "SGD", "pln": "PLN", "sek": "SEK", "sdr": "XDR", "mnt": "MNT", "pkr": "PKR", "uah": "UAH", "₴": "UAH",
    "dh": "AED", "dhs": "AED", "tl": "TRY", "qar": "QAR", "kwd": "KWD", "omr": "OMR", "bhd": "BHD", "myr": "MYR", "thb": "THB",
    "vnd": "VND", "afn": "AFN", "nok": "NOK", "dkk": "DKK", "czk": "CZK", "huf": "HUF", "ils": "ILS", "₪": "ILS", "ca$": "CAD", "au$": "AUD",
}  # fmt: skip
"""What stands before (or, for codes, also behind) an amount of money."""

CURRENCIES: dict[str, str] = {
    "dollar": "USD", "us dollar": "USD", "u.s. dollar": "USD", "american dollar": "USD", "euro": "EUR", "yuan": "CNY",
    "chinese yuan": "CNY", "renminbi": "CNY", "tenge": "KZT", "ruble": "RUB", "rouble": "RUB", "russian ruble": "RUB",
    "pound sterling": "GBP", "british pound": "GBP", "pound": "GBP", "yen": "JPY", "japanese yen": "JPY", "won": "KRW",
    "sum": "UZS", "soum": "UZS", "som": "KGS", "somoni": "TJS", "manat": "AZN", "turkmen manat": "TMT", "lari": "GEL",
    "dram": "AMD", "dirham": "AED", "riyal": "SAR", "rial": "IRR", "indian rupee": "INR", "rupee": "INR", "lira": "TRY",
    "turkish lira": "TRY", "swiss franc": "CHF", "franc": "CHF", "hryvnia": "UAH", "tugrik": "MNT", "zloty": "PLN",
    "belarusian ruble": "BYN", "australian dollar": "AUD", "canadian dollar": "CAD", "hong kong dollar": "HKD",
    "singapore dollar": "SGD", "afghani": "AFN", "ringgit": "MYR", "baht": "THB", "dong": "VND", "shekel": "ILS", "forint": "HUF",
    "swedish krona": "SEK", "norwegian krone": "NOK", "danish krone": "DKK", "omani rial": "OMR", "qatari riyal": "QAR",
    "saudi riyal": "SAR", "emirati dirham": "AED", "uae dirham": "AED", "kazakh tenge": "KZT", "kazakhstani tenge": "KZT",
    "uzbek sum": "UZS", "uzbek soum": "UZS", "kyrgyz som": "KGS", "tajik somoni": "TJS", "azerbaijani manat": "AZN",
    "georgian lari": "GEL", "armenian dram": "AMD", "iranian rial": "IRR", "iranian toman": "IRT", "toman": "IRT",
    "mongolian tugrik": "MNT", "pakistani rupee": "PKR", "chinese renminbi": "CNY", "korean won": "KRW", "south korean won": "KRW",
}  # fmt: skip

UNITS: dict[str, tuple[str, float]] = {
    **dict.fromkeys(("tons", "ton", "tonnes", "tonne", "metric tons", "metric ton", "metric tonnes", "mt of", "tn of"), ("t", 1.0)),
    **dict.fromkeys(("kilotonnes", "kilotons", "kt"), ("t", 1e3)),
    **dict.fromkeys(("megatonnes", "megatons"), ("t", 1e6)),
    **dict.fromkeys(("kilograms", "kilogram", "kilogrammes", "kg"), ("t", 1e-3)),
    **dict.fromkeys(("tu", "tonnes of uranium", "tons of uranium"), ("t", 1.0)),
    **dict.fromkeys(("barrels", "barrel", "bbl", "bbls"), ("barrel", 1.0)),
    **dict.fromkeys(("bpd", "b/d", "bbl/d", "barrels/day"), ("barrel/day", 1.0)),
    **dict.fromkeys(("gcal", "gigacalories"), ("Gcal", 1.0)),
    **dict.fromkeys(("mva",), ("MVA", 1.0)),
    **dict.fromkeys(("litres", "litre", "liters", "liter"), ("m3", 1e-3)),
    **dict.fromkeys(("acres", "acre"), ("ha", 0.40468564)),
    **dict.fromkeys(("passenger-kilometers", "passenger-kilometres", "passenger-km", "pkm"), ("person-km", 1.0)),
    **dict.fromkeys(("ounces", "ounce", "troy ounces", "oz"), ("ounce", 1.0)),
    **dict.fromkeys(("teu", "teus", "twenty-foot equivalent units", "twenty-foot equivalent unit", "twenty-foot equivalents"), ("TEU", 1.0)),
    **dict.fromkeys(("km", "kilometers", "kilometres", "kilometer", "kilometre", "kms"), ("km", 1.0)),
    **dict.fromkeys(("meters", "metres", "meter", "metre", "m"), ("m", 1.0)),
    **dict.fromkeys(("millimeters", "millimetres", "mm"), ("mm", 1.0)),
    **dict.fromkeys(("centimeters", "centimetres", "cm"), ("cm", 1.0)),
    **dict.fromkeys(("miles", "mile"), ("km", 1.609344)),
    **dict.fromkeys(("nautical miles", "nautical mile"), ("km", 1.852)),
    **dict.fromkeys(("km/h", "km per hour", "kilometers per hour", "kilometres per hour", "kilometers an hour", "kilometres an hour", "km an hour", "kmph", "kph"), ("km/h", 1.0)),
    **dict.fromkeys(("km/day", "km a day", "km per day", "kilometers per day", "kilometres per day", "kilometers a day", "kilometres a day"), ("km/day", 1.0)),
    **dict.fromkeys(("tonne-kilometers", "tonne-kilometres", "ton-kilometers", "ton-kilometres", "tonne-km", "ton-km", "tkm", "t-km"), ("t-km", 1.0)),
    **dict.fromkeys(("hours", "hour", "hrs", "hr"), ("h", 1.0)),
    **dict.fromkeys(("minutes", "minute"), ("h", 1 / 60)),
    **dict.fromkeys(("days", "day"), ("day", 1.0)),
    **dict.fromkeys(("weeks", "week"), ("day", 7.0)),
    **dict.fromkeys(("months", "month"), ("month", 1.0)),
    **dict.fromkeys(("years", "year"), ("year", 1.0)),
    **dict.fromkeys(("%", "percent", "per cent", "pct", "p.c.", "pc"), ("%", 1.0)),
    **dict.fromkeys(("percentage points", "percentage point", "percent points", "pp", "p.p.", "ppt", "ppts"), ("percentage point", 1.0)),
    **dict.fromkeys(("basis points", "basis point", "bps"), ("percentage point", 0.01)),
    **dict.fromkeys(("us cents", "u.s. cents", "us cent"), ("USD", 0.01)),
    **dict.fromkeys(("mw", "megawatts", "megawatt"), ("MW", 1.0)),
    **dict.fromkeys(("gw", "gigawatts", "gigawatt"), ("MW", 1e3)),
    **dict.fromkeys(("kw", "kilowatts", "kilowatt"), ("MW", 1e-3)),
    **dict.fromkeys(("kwh", "kw/h", "kw h", "kilowatt-hours", "kilowatt hours", "kilowatt-hour"), ("TWh", 1e-9)),
    **dict.fromkeys(("mwh", "megawatt-hours", "megawatt hours"), ("TWh", 1e-6)),
    **dict.fromkeys(("gwh", "gigawatt-hours", "gigawatt hours"), ("TWh", 1e-3)),
    **dict.fromkeys(("twh", "terawatt-hours", "terawatt hours"), ("TWh", 1.0)),
    **dict.fromkeys(("kv", "kilovolts", "kilovolt"), ("kV", 1.0)),
    **dict.fromkeys(("cubic meters", "cubic metres", "cubic meter", "cubic metre", "cu m", "m3", "m³", "cbm"), ("m3", 1.0)),
    **dict.fromkeys(("bcm", "bcma", "bcm/y", "bcm/yr"), ("m3", 1e9)),
    **dict.fromkeys(("mcm",), ("m3", 1e6)),
    **dict.fromkeys(("km3", "km³", "cubic kilometres", "cubic kilometers", "cu km"), ("m3", 1e9)),
    **dict.fromkeys(("square kilometers", "square kilometres", "sq km", "sq. km", "km2", "km²"), ("km2", 1.0)),
    **dict.fromkeys(("square meters", "square metres", "sq m", "sq. m", "m2", "m²"), ("m2", 1.0)),
    **dict.fromkeys(("hectares", "hectare", "ha"), ("ha", 1.0)),
    **dict.fromkeys(("train pairs", "train pair", "pairs of trains", "pair of trains", "pairs of freight trains", "freight train pairs"), ("train pair", 1.0)),
    **dict.fromkeys(("deadweight tons", "deadweight tonnes", "dwt"), ("dwt", 1.0)),
    **dict.fromkeys(("degrees celsius", "degrees", "°c"), ("degree", 1.0)),
}  # fmt: skip
"""Units by their surface form: the unit and the factor to it."""

ATTACHED_UNITS: dict[str, tuple[str, float]] = {
    "t": ("t", 1.0),
    "mt": ("t", 1e6),
    "mtpa": ("t", 1e6),
    "mta": ("t", 1e6),
}
"""Short forms that are units only right behind the numeral (or its scale)."""

_PEOPLE = lexicon(
    """
    person student worker specialist citizen resident tourist visitor passenger employee graduate teacher engineer child inhabitant
    delegate participant expert researcher migrant trainee individual applicant driver national entrepreneur soldier foreigner
    performer artist musician athlete official guest doctor nurse scientist farmer pupil schoolchild learner intern professor lecturer
    academic scholar journalist user customer client subscriber pensioner respondent volunteer refugee pilgrim consumer viewer
    spectator attendee representative miner builder welder technician manager lawyer veteran candidate contestant compatriot
    holidaymaker traveller traveler commuter recruit cadet instructor translator interpreter dancer singer actor writer painter
    taxpayer voter owner patient mechanic dispatcher inspector officer sailor seafarer physicist geologist programmer developer
    """
)

NOUNS: dict[str, str] = {
    **dict.fromkeys(_PEOPLE, "person"), "businessmen": "person", "businesspeople": "person", "servicemen": "person", "troop": "person",
    "personnel": "person", "birth": "birth", "death": "death", "marriage": "marriage",
    "project": "project", "initiative": "initiative", "programme": "programme", "program": "programme",
    "crossing": "crossing", "border crossing": "crossing", "checkpoint": "crossing", "border point": "crossing",
    "crossing point": "crossing", "border post": "crossing", "road post": "crossing", "border checkpoint": "crossing",
    "company": "company", "enterprise": "company", "firm": "company", "business": "company", "joint venture": "company",
    "person": "person", "people": "person", "student": "person", "worker": "person", "specialist": "person",
    "citizen": "person", "resident": "person", "tourist": "person", "visitor": "person", "passenger": "person",
    "employee": "person", "graduate": "person", "teacher": "person", "engineer": "person", "men": "person",
    "women": "person", "child": "person", "children": "person", "inhabitant": "person", "delegate": "person",
    "participant": "person", "expert": "person", "researcher": "person", "migrant": "person", "trainee": "person",
    "individual": "person", "schoolchildren": "person", "applicant": "person", "driver": "person", "national": "person",
    "job": "job", "workplace": "job", "vacancy": "job", "place": "place", "study place": "place", "scholarship": "scholarship",
    "grant": "grant", "quota": "place", "seat": "place", "country": "country", "nation": "country", "state": "country",
    "corridor": "corridor", "route": "route", "line": "line", "train": "train", "wagon": "wagon", "railcar": "wagon",
    "freight car": "wagon", "car": "car", "locomotive": "locomotive", "truck": "truck", "lorry": "truck", "vehicle": "vehicle",
    "vessel call": "vessel", "ship call": "vessel", "vessel": "vessel", "ship": "vessel", "tanker": "vessel", "ferry": "vessel", "container": "container", "box": "container", "port": "port",
    "terminal": "terminal", "berth": "berth", "crane": "crane", "station": "station", "airport": "airport", "flight": "flight",
    "hub": "hub", "warehouse": "warehouse", "plant": "plant", "factory": "plant", "facility": "facility", "reactor": "reactor",
    "power plant": "plant", "power unit": "power unit", "turbine": "turbine", "mine": "mine", "deposit": "deposit",
    "field": "field", "well": "well", "agreement": "agreement", "memorandum": "agreement", "memoranda": "agreement",
    "contract": "contract", "deal": "agreement", "document": "document", "treaty": "agreement", "event": "event", "concert": "event",
    "exhibition": "event", "festival": "event", "summit": "event", "forum": "event", "meeting": "meeting", "visit": "visit",
    "performance": "event", "university": "university", "branch": "branch", "school": "school", "college": "college",
    "institution": "institution", "centre": "centre", "center": "centre", "laboratory": "laboratory", "course": "course",
    "language": "language", "city": "city", "region": "region", "district": "district", "village": "village",
    "town": "town", "bank": "bank", "fund": "fund", "investor": "investor", "partner": "partner", "member": "member",
    "operator": "operator", "product": "product", "item": "item", "unit": "unit", "section": "section", "stage": "stage",
    "lane": "lane", "track": "track", "bridge": "bridge", "tunnel": "tunnel", "road": "road", "railway": "railway",
    "pipeline": "pipeline", "substation": "substation", "house": "house", "apartment": "apartment", "hospital": "hospital",
    "museum": "museum", "library": "library", "theatre": "theatre", "film": "film", "book": "book", "aircraft": "aircraft",
    "bus": "bus", "zone": "zone", "market": "market", "shipment": "shipment", "permit": "permit", "visa": "visa",
    "trip": "trip", "pair": "pair", "head": "head", "tower": "tower", "site": "site", "cell": "cell", "building": "building",
    "farm": "farm", "park": "park", "dam": "dam", "reservoir": "reservoir", "canal": "canal", "refinery": "refinery",
    "mill": "mill", "smelter": "smelter", "furnace": "furnace", "depot": "depot", "elevator": "elevator", "quay": "quay", "pier": "pier",
    "kindergarten": "kindergarten", "clinic": "clinic", "hotel": "hotel", "mosque": "mosque", "stadium": "stadium", "startup": "company",
    "patent": "patent", "licence": "licence", "license": "licence", "exhibit": "exhibit", "medal": "medal", "delegation": "delegation",
    "embassy": "embassy", "consulate": "consulate", "generator": "generator", "transformer": "transformer", "barge": "vessel",
    "icebreaker": "vessel", "family": "family", "subsidiary": "company", "producer": "company", "exporter": "company", "operation": "operation",
    "group": "group", "centrifuge": "centrifuge", "satellite": "satellite", "rank": "rank", "border section": "section",
    "direction": "direction", "destination": "destination", "trading partner": "partner", "contractor": "company",
    "supplier": "company", "manufacturer": "company", "entrepreneur": "person", "soldier": "person", "household": "household",
}  # fmt: skip
"""Things that are counted, in the singular, and the unit that a count of them has."""

IRREGULAR: dict[str, str] = {
    "people": "people", "men": "men", "women": "women", "children": "children", "schoolchildren": "schoolchildren",
    "memoranda": "memoranda", "aircraft": "aircraft", "lorries": "lorry", "head": "head",
}  # fmt: skip

NOT_COUNTED = lexicon(
    """
    side sides leader leaders president presidents parties party thing things way ways point points
    issue issues aspect aspects reason reasons question questions minister ministers priorities
    priority pillar pillars principle principles factor factors area areas sphere spheres front
    fronts hand hands foot feet step steps times word words topic topics case cases challenge
    challenges dimension dimensions phase phases neighbour neighbours neighbor neighbors
    """
)
"""Plurals that a small number word stands before without announcing anything."""

TRIVIAL_WITH_TWO = lexicon(
    """
    country nation state government people person region partner railway
    """
)
"""What "the two ..." merely points at."""

PHRASE_STOPS = lexicon(
    """
    a an the of in on at by for from to with within into onto over under through across along
    between among per and or but nor so as than that which who whom whose when while where if
    because since until after before during is are was were be been being has have had do does did
    will would shall should can could may might must not it its their they them this these those he
    she his her we our you i worth valued totalling totaling costing said says according including
    via about around more less fewer passed reached rose fell grew came stood made went exceeded
    operate operates carried handled crossed currently now annually yearly daily already also both
    all out up down last next each every then there here only were amid against compared versus vs
    employ employed work worked working held built signed completed opened created launched planned
    expected need needs remain remained receive received live lived studied works lie lies pass
    passes run runs total ago earlier later long wide high deep tall away apart began begin begins
    plan plans agreed agree aim aims
    goes comes remains stands makes takes gives flows arrives belongs says stays lies sits
    """
)
"""Words at which the noun phrase behind a numeral ends."""
