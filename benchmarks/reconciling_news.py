"""Reading and reconciling together: generated briefs with planted contradictions and look-alikes.

Every case is two short briefs by two papers about one pair of countries. Facts are drawn, put into one of several phrasings,
read by the reader and reconciled with nothing put right by hand, so that errors of reading count in full. Prints recall on
planted contradictions and false alarms on look-alikes, by kind.

    python benchmarks/reconciling_news.py [--seed 1] [--cases 480]
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import date

import polars as pl

from keruen.figures import reconciliation
from keruen.statements import Catalogue, read
from keruen.tables import TABLES, Dataset

COUNTRIES = {
    "Kazakhstan": "KAZ", "Uzbekistan": "UZB", "Kyrgyzstan": "KGZ", "Azerbaijan": "AZE", "Georgia": "GEO", "Armenia": "ARM",
    "Mongolia": "MNG", "Pakistan": "PAK", "India": "IND", "China": "CHN", "Germany": "DEU", "Italy": "ITA", "Poland": "POL",
    "Japan": "JPN", "Romania": "ROU", "Hungary": "HUN",
}  # fmt: skip
PUBLISHED = date(2024, 5, 14)

Texts = tuple[list[str], list[str]]
Case = Callable[[random.Random, str, str, str], Texts]


def money(x: float, rng: random.Random, hedge: str = "") -> str:
    number = f"{x / 1e9:.1f} billion" if x >= 1e9 else f"{x / 1e6:.0f} million"
    return f"{hedge}${number}" if rng.random() < 0.8 else f"{hedge}{number} dollars"


def turnover(rng: random.Random, a: str, b: str, x: float, year: str = "in 2023", hedge: str = "") -> str:
    return rng.choice((
        "Trade between {a} and {b} reached {m} {y}.",
        "The trade turnover of {a} and {b} amounted to {m} {y}.",
        "{a} and {b} traded goods worth {m} {y}.",
        "Bilateral trade of {a} with {b} came to {m} {y}.",
        "According to the ministry, {a}'s trade with {b} stood at {m} {y}.",
    )).format(a=a, b=b, m=money(x, rng, hedge), y=year)  # fmt: skip


def exports(rng: random.Random, a: str, b: str, x: float, year: str = "in 2023", hedge: str = "") -> str:
    return rng.choice((
        "{a} exported goods worth {m} to {b} {y}.",
        "Exports from {a} to {b} were {m} {y}.",
        "{a}'s exports to {b} amounted to {m} {y}.",
        "Exports of {a} to {b} totalled {m} {y}.",
    )).format(a=a, b=b, m=money(x, rng, hedge), y=year)  # fmt: skip


def imports(rng: random.Random, a: str, b: str, x: float, year: str = "in 2023") -> str:
    return rng.choice((
        "{a} imported goods worth {m} from {b} {y}.",
        "{a}'s imports from {b} were {m} {y}.",
        "Imports of {a} from {b} came to {m} {y}.",
    )).format(a=a, b=b, m=money(x, rng), y=year)  # fmt: skip


def total(rng: random.Random, a: str, x: float) -> str:
    return rng.choice((
        "{a}'s foreign trade turnover was {m} in 2023.",
        "The total foreign trade of {a} reached {m} in 2023.",
        "{a}'s total trade turnover amounted to {m} in 2023.",
    )).format(a=a, m=money(x, rng))  # fmt: skip


def growth(rng: random.Random, a: str, b: str, percent: float) -> str:
    word = "grew" if percent >= 0 else "fell"
    return rng.choice((
        "Trade between {a} and {b} {w} by {p:.0f}% in 2023.",
        "In 2023 the trade turnover of {a} and {b} {w} by {p:.0f}%.",
    )).format(a=a, b=b, w=word, p=abs(percent))  # fmt: skip


def share(rng: random.Random, a: str, b: str, percent: float) -> str:
    return rng.choice((
        "{b} accounted for {p:.0f}% of {a}'s foreign trade in 2023.",
        "{b}'s share of {a}'s foreign trade turnover was {p:.0f}% in 2023.",
    )).format(a=a, b=b, p=percent)  # fmt: skip


def power(rng: random.Random, a: str, twh: float) -> str:
    return rng.choice((
        "{a} generated {x:.1f} TWh of electricity in 2023.",
        "Electricity generation in {a} was {x:.1f} TWh in 2023.",
        "Power plants of {a} generated {x:.1f} billion kWh of electricity in 2023.",
    )).format(a=a, x=twh)  # fmt: skip


def transit(rng: random.Random, a: str, x: float, year: str = "in 2023") -> str:
    return rng.choice((
        "Transit freight through {a} was {x:.1f} million tonnes {y}.",
        "{x:.1f} million tonnes of transit cargo passed through {a} {y}.",
        "{a} carried {x:.1f} million tonnes of freight in transit {y}.",
    )).format(a=a, x=x, y=year)  # fmt: skip


def tourists(rng: random.Random, a: str, x: float) -> str:
    return rng.choice((
        "{a} received {x:.1f} million tourists in 2023.",
        "{x:.1f} million tourists visited {a} in 2023.",
    )).format(a=a, x=x)  # fmt: skip


def size(rng: random.Random) -> float:
    return float(10 ** rng.uniform(9.1, 10.6))


def off(rng: random.Random) -> float:
    factor = rng.uniform(1.2, 1.9)
    return factor if rng.random() < 0.5 else 1 / factor


# -- planted ---------------------------------------------------------------------------------------------------------


def rival_turnover(rng: random.Random, a: str, b: str, c: str) -> Texts:
    x = size(rng)
    return [turnover(rng, a, b, x)], [turnover(rng, b, a, x * off(rng))]


def rival_exports(rng: random.Random, a: str, b: str, c: str) -> Texts:
    x = size(rng)
    return [exports(rng, a, b, x)], [exports(rng, a, b, x * off(rng))]


def rival_power(rng: random.Random, a: str, b: str, c: str) -> Texts:
    x = rng.uniform(12, 300)
    return [power(rng, a, x)], [power(rng, a, x * rng.choice([off(rng), 0.1, 10.0]))]


def rival_transit(rng: random.Random, a: str, b: str, c: str) -> Texts:
    x = rng.uniform(3, 40)
    return [transit(rng, a, x)], [transit(rng, a, x * off(rng))]


def rival_tourists(rng: random.Random, a: str, b: str, c: str) -> Texts:
    x = rng.uniform(2, 12)
    return [tourists(rng, a, x)], [tourists(rng, a, x * off(rng))]


def wrong_growth(rng: random.Random, a: str, b: str, c: str) -> Texts:
    x, rise = size(rng), rng.uniform(0.05, 0.4)
    wrong = 100 * (rise + rng.choice([-1, 1]) * rng.uniform(0.15, 0.3))
    return [turnover(rng, a, b, x * (1 + rise)), growth(rng, a, b, wrong)], [
        turnover(rng, a, b, x, "in 2022")
    ]


def wrong_share(rng: random.Random, a: str, b: str, c: str) -> Texts:
    x, part = size(rng) * 4, rng.uniform(0.1, 0.3)
    return [total(rng, a, x), share(rng, a, b, 100 * part * rng.uniform(1.4, 2))], [
        turnover(rng, a, b, x * part)
    ]


def parts_above_whole(rng: random.Random, a: str, b: str, c: str) -> Texts:
    x = size(rng) * 2
    return [turnover(rng, a, b, 0.7 * x), turnover(rng, a, c, 0.55 * x)], [total(rng, a, x)]


def wrong_sum(rng: random.Random, a: str, b: str, c: str) -> Texts:
    out, back = size(rng), size(rng)
    return [exports(rng, a, b, out), imports(rng, a, b, back)], [
        turnover(rng, a, b, (out + back) * rng.uniform(1.25, 1.7))
    ]


def stretch_above_year(rng: random.Random, a: str, b: str, c: str) -> Texts:
    x, stretch = (
        size(rng),
        rng.choice(
            ("in the first nine months of 2023", "in January-August 2023", "in the first half of 2023")
        ),
    )
    return [exports(rng, a, b, x)], [exports(rng, a, b, x * rng.uniform(1.15, 1.5), stretch)]


def wrong_rate(rng: random.Random, a: str, b: str, c: str) -> Texts:
    x = rng.uniform(1, 12)
    wrong = x * 1.08 * rng.choice([0.8, 1.25, 1.4])
    return [f"The European Union pledged {x:.1f} billion euros (${wrong:.1f} billion) to {a} in 2023."], [
        total(rng, a, 5e10)
    ]


def broken_mirror(rng: random.Random, a: str, b: str, c: str) -> Texts:
    x = size(rng)
    return [exports(rng, a, b, x)], [imports(rng, b, a, x * rng.uniform(1.5, 2.2))]


# -- look-alikes -----------------------------------------------------------------------------------------------------


def same_turnover(rng: random.Random, a: str, b: str, c: str) -> Texts:
    x = size(rng)
    return [turnover(rng, a, b, x)], [turnover(rng, b, a, x, hedge=rng.choice(("about ", "nearly ")))]


def other_years(rng: random.Random, a: str, b: str, c: str) -> Texts:
    x = size(rng)
    return [turnover(rng, a, b, x)], [turnover(rng, a, b, x * off(rng), "in 2022")]


def other_partners(rng: random.Random, a: str, b: str, c: str) -> Texts:
    x = size(rng)
    return [turnover(rng, a, b, x), turnover(rng, a, c, x * off(rng))], [total(rng, a, 4 * x)]


def both_directions(rng: random.Random, a: str, b: str, c: str) -> Texts:
    x = size(rng)
    return [exports(rng, a, b, x), imports(rng, a, b, x * off(rng))], [exports(rng, a, b, x, hedge="about ")]


def target_above_report(rng: random.Random, a: str, b: str, c: str) -> Texts:
    x = size(rng)
    aim = f"{a} and {b} aim to raise their trade to {money(x * rng.uniform(1.5, 3), rng)} by 2030."
    return [turnover(rng, a, b, x), aim], [turnover(rng, a, b, x)]


def part_of_year(rng: random.Random, a: str, b: str, c: str) -> Texts:
    x = size(rng)
    return [turnover(rng, a, b, x)], [turnover(rng, a, b, 0.7 * x, "in the first nine months of 2023")]


def two_sets_of_projects(rng: random.Random, a: str, b: str, c: str) -> Texts:
    n, m = rng.sample(range(12, 160), 2)
    return [f"{a} and {b} have {n} joint projects."], [
        f"{a} and {b} are preparing {m} joint projects worth $2 billion."
    ]


def true_growth(rng: random.Random, a: str, b: str, c: str) -> Texts:
    x, rise = size(rng), rng.uniform(-0.3, 0.5)
    return [turnover(rng, a, b, x * (1 + rise)), growth(rng, a, b, 100 * rise)], [
        turnover(rng, a, b, x, "in 2022")
    ]


def true_share(rng: random.Random, a: str, b: str, c: str) -> Texts:
    x, part = size(rng) * 4, rng.uniform(0.1, 0.3)
    return [total(rng, a, x), share(rng, a, b, 100 * part)], [turnover(rng, a, b, x * part)]


def near_mirror(rng: random.Random, a: str, b: str, c: str) -> Texts:
    x = size(rng)
    return [exports(rng, a, b, x)], [imports(rng, b, a, x * rng.uniform(1.0, 1.12))]


def right_rate(rng: random.Random, a: str, b: str, c: str) -> Texts:
    x = rng.uniform(2, 12)
    return [
        f"The European Union pledged {x:.1f} billion euros (${round(x, 1) * 1.08:.1f} billion) to {a} in 2023."
    ], [total(rng, a, 5e10)]


def two_in_a_sentence(rng: random.Random, a: str, b: str, c: str) -> Texts:
    x = size(rng)
    y = x * off(rng)
    both = f"Exports of {a} to {b} were {money(x, rng)} in 2023 and those to {c} {money(y, rng)}."
    return [both], [exports(rng, a, b, x)]


PLANTED: tuple[Case, ...] = (
    rival_turnover, rival_exports, rival_power, rival_transit, rival_tourists, wrong_growth, wrong_share, parts_above_whole,
    wrong_sum, stretch_above_year, wrong_rate, broken_mirror,
)  # fmt: skip
LOOK_ALIKES: tuple[Case, ...] = (
    same_turnover, other_years, other_partners, both_directions, target_above_report, part_of_year, two_sets_of_projects,
    true_growth, true_share, near_mirror, right_rate, two_in_a_sentence,
)  # fmt: skip


def judged(case: Case, rng: random.Random, catalogue: Catalogue) -> tuple[bool, str]:
    """Return whether anything was reported, and the briefs."""
    a, b, c = rng.sample(list(COUNTRIES), 3)
    briefs = [" ".join(rng.sample(sentences, len(sentences))) for sentences in case(rng, a, b, c)]
    frames = [
        read(text, published=PUBLISHED, catalogue=catalogue, source_id=f"paper {n}")
        for n, text in enumerate(briefs)
    ]
    columns = TABLES["source"].schema.columns()
    sources = pl.DataFrame(
        [
            {name: {"source_id": f"paper {n}", "title": f"Paper {n}", "publisher": f"Paper {n}", "published": PUBLISHED,
                    "language": "en", "weight": 1.0}.get(name) for name in columns}
            for n in range(2)
        ],
        schema={name: column.dtype for name, column in columns.items()},
    )  # fmt: skip
    found = reconciliation(Dataset({"statement": pl.concat(frames), "source": sources}))
    return bool(found.disputes), " | ".join(briefs)


def main() -> None:
    """Print recall and false alarms."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=480, help="half planted, half look-alikes")
    parser.add_argument("--show", action="store_true", help="print the briefs that were judged wrongly")
    options = parser.parse_args()
    rng, catalogue = random.Random(options.seed), Catalogue.default()
    start = time.process_time()
    for title, kinds, wanted in (
        ("recall of planted contradictions", PLANTED, True),
        ("false alarms on look-alikes", LOOK_ALIKES, False),
    ):
        made: Counter[str] = Counter()
        reported: Counter[str] = Counter()
        for number in range(options.cases // 2):
            case = kinds[number % len(kinds)]
            found, briefs = judged(case, rng, catalogue)
            made[case.__name__] += 1
            reported[case.__name__] += found
            if options.show and found != wanted:
                print(f"    {case.__name__}: {briefs}")
        print(f"{title}: {reported.total()} of {made.total()} = {reported.total() / made.total():.3f}")
        for name in made:
            print(f"  {name:<22} {reported[name]:>3} of {made[name]}")
    print(f"{time.process_time() - start:.1f} s CPU")


if __name__ == "__main__":
    main()
