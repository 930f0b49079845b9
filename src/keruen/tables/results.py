"""Result tables of the model wing; each has one writer."""

from __future__ import annotations

import dataframely as dy

from keruen.tables.columns import choice, count, flag, key, quantity, text, year_key


def _q(unit: str, description: str, *, nullable: bool = False) -> dy.Float64:
    return quantity(unit, description, nullable=nullable, evidence=False)


class Flow(dy.Schema):
    """Goods on a link, by direction, class of goods and traffic."""

    link_id = key("Link.")
    from_node_id = key("Start of the direction.")
    to_node_id = key("End of the direction.")
    commodity_id = key("Goods.")
    traffic_type = key("Traffic.")
    year = year_key("Year.")
    tonnes = _q("t/year", "Volume.")


class LinkPerformance(dy.Schema):
    """How full a link is and what it costs to pass."""

    link_id = key("Link.")
    from_node_id = key("Start of the direction.")
    to_node_id = key("End of the direction.")
    year = year_key("Year.")
    tonnes = _q("t/year", "Volume of all classes.")
    annual_capacity = _q("t/year", "Capacity of the direction; null is unknown.", nullable=True)
    utilisation = _q("1", "Volume, and empty wagons on their way back, over capacity.", nullable=True)
    time = _q("h", "Time to pass, waiting included.")
    delay = _q("h", "Of it, waiting.")


class Path(dy.Schema):
    """A route that goods of one pair and class take."""

    path_id = key("Identifier.")
    origin = text("Node.", nullable=False)
    destination = text("Node.", nullable=False)
    commodity_id = text("Goods.", nullable=False)
    traffic_type = text("Traffic.", nullable=False)
    year = count("year", "Year.")
    tonnes = _q("t/year", "Volume.")
    share = _q("1", "Share of the pair's volume.")
    cost = _q("USD/t", "Generalised cost.")
    time = _q("h", "Time.")
    length = _q("km", "Length.")
    emission = _q("kg CO2/t", "Emission.")
    links = dy.List(
        dy.String(),
        description="Links in order; a minus sign marks one travelled backwards.",
        metadata={"unit": ""},
    )


class Skim(dy.Schema):
    """What it takes to move a tonne between two nodes, averaged over the routes taken."""

    origin = key("Node.")
    destination = key("Node.")
    commodity_id = key("Goods.")
    traffic_type = key("Traffic.")
    year = year_key("Year.")
    tonnes = _q("t/year", "Volume.")
    cost = _q("USD/t", "Generalised cost.")
    tariff = _q("USD/t", "Charges paid.")
    time = _q("h", "Time.")
    border_time = _q("h", "Of it, at crossings and ports.")
    length = _q("km", "Length.")
    emission = _q("kg CO2/t", "Emission.")
    reachable = flag("False where no permitted route exists; the pair is listed and left out.")


class CrossingPerformance(dy.Schema):
    """Queue and wait at a crossing."""

    crossing_id = key("Crossing.")
    year = year_key("Year.")
    vehicles_per_day = _q("1/day", "Arrivals, the busier direction.")
    throughput = _q("1/day", "Most that the weaker side can handle.")
    weaker_side = text("Country of the weaker side.", nullable=False)
    utilisation = _q("1", "Arrivals over throughput.")
    wait = _q("h", "Mean wait in the queue.", nullable=True)
    wait_p90 = _q("h", "Wait that one in ten exceeds.", nullable=True)
    other_delay = _q("h", "Delay that is no queue (documents, quotas).")
    cost_of_waiting = _q("USD/year", "Value of the hours lost.", nullable=True)
    stable = flag("False where more arrives than can be handled: the queue grows without end.")
    handling_time = _q("h", "Mean time at the servers of all sides.", nullable=True)
    queue_growth = _q(
        "1/day", "Vehicles by which the queue grows each day; null where stable.", nullable=True
    )
    binds = text("What makes up the largest part of the time at the crossing.")
    direction = text("The busier direction: side that comes first, to the other; null at a port.")
    vehicles_per_day_back = _q("1/day", "Arrivals, the other direction; null at a port.", nullable=True)
    quota_delay = _q(
        "h", "Mean delay by an intake quota, the busier direction; null without one.", nullable=True
    )


class CrossingHour(dy.Schema):
    """Queue over the day at a crossing, by simulation."""

    crossing_id = key("Crossing.")
    direction = key("From which side to which; at a port the country.")
    year = year_key("Year.")
    hour = dy.Integer(primary_key=True, min=0, max=23, description="Hour of the day.", metadata={"unit": "h"})
    arrivals = _q("1/h", "Units that arrive in that hour.")
    queue = _q("1", "Mean number of units that wait.")
    wait = _q("h", "Mean wait of those who arrive in that hour.")
    wait_p90 = _q("h", "Wait that one in ten of them exceeds.")


class CrossingWait(dy.Schema):
    """Distribution of the wait at a crossing, by simulation."""

    crossing_id = key("Crossing.")
    direction = key("From which side to which; at a port the country.")
    year = year_key("Year.")
    percent = dy.Integer(
        primary_key=True,
        min=1,
        max=99,
        description="Share of the vehicles that wait no longer.",
        metadata={"unit": "%"},
    )
    wait = _q("h", "Wait.")
    low = _q("h", "Low end of its 95 % interval.", nullable=True)
    high = _q("h", "High end of its 95 % interval.", nullable=True)


class CrossingCurve(dy.Schema):
    """Delay at a crossing against its volume: the function that flows are assigned with, and the formula behind it."""

    crossing_id = key("Crossing.")
    year = year_key("Year.")
    percent = dy.Integer(
        primary_key=True, min=1, max=99, description="Use of the weaker side.", metadata={"unit": "%"}
    )
    formula = _q("h", "Wait and delay by formula.")
    fitted = _q("h", "The same by the fitted function.")


class RebuildRanking(dy.Schema):
    """What rebuilding both sides of a crossing saves, with how sure its place is."""

    crossing_id = key("Crossing.")
    rank = count("1", "Place by the mean over all draws; null below data grade C.", nullable=True)
    tier = count(
        "1",
        "Every crossing of one tier comes before every one of the next in nine draws of ten.",
        nullable=True,
    )
    place_low = _q("1", "Place that 5 % of the draws are ahead of.", nullable=True)
    place_high = _q("1", "Place that 95 % of the draws are ahead of.", nullable=True)
    cost = _q("USD", "Cost, both sides.")
    hours_per_dollar = _q("h/USD", "Vehicle-hours saved over the life.")
    hours_per_dollar_low = _q("h/USD", "Low end (5 %).")
    hours_per_dollar_high = _q("h/USD", "High end (95 %).")
    money_per_dollar = _q("USD/USD", "Money saved over the life, discounted.")
    money_per_dollar_low = _q("USD/USD", "Low end (5 %).")
    money_per_dollar_high = _q("USD/USD", "High end (95 %).")
    pays = _q("1", "Share of the draws in which it saves more than it costs.")
    robust_share = _q("1", "Share of all pairs whose order is robust; the same in every row.", nullable=True)


class CorridorScorecard(dy.Schema):
    """A corridor on one line."""

    corridor_id = key("Corridor.")
    year = year_key("Year.")
    tonnes = _q(
        "t/year",
        "Volume at its least busy international section, both directions: what can have gone all the way.",
    )
    length = _q("km", "Length.")
    time = _q("h", "Time from origin to destination.")
    border_time = _q("h", "Of it, at crossings and ports.")
    cost = _q("USD/t", "Tariffs and transfers.")
    emission = _q("kg CO2/t", "Emission.")
    spare_capacity = _q("t/year", "Capacity left at the tightest section; null is unknown.", nullable=True)
    tightest_link = text("That section.")
    restricted_links = count("1", "Sections that a restriction touches.")
    grade = text("Data grade.", nullable=False)


class Outlook(dy.Schema):
    """What to expect of a target."""

    target_id = key("Target.")
    label = text("The aim.", nullable=False)
    measured = text("What is measured: indicator, place and partner, in words.", nullable=False)
    value = _q("as unit", "Level aimed at.")
    unit = text("Unit.", nullable=False)
    deadline = count("year", "Deadline; null where none was announced.", nullable=True)
    base_year = count("year", "Year of the first figure.", nullable=True)
    base_value = _q("as unit", "First figure.", nullable=True)
    last_year = count("year", "Year of the latest figure.", nullable=True)
    last_value = _q("as unit", "Latest figure.", nullable=True)
    needed_growth = _q("1/year", "Yearly growth needed.", nullable=True)
    achieved_growth = _q("1/year", "Yearly growth achieved so far.", nullable=True)
    expected = _q("as unit", "Expected at the deadline.", nullable=True)
    low = _q("as unit", "Low end (10 %).", nullable=True)
    high = _q("as unit", "High end (90 %).", nullable=True)
    model_low = _q("as unit", "Least middle of any one model.", nullable=True)
    model_high = _q("as unit", "Greatest middle of any one model.", nullable=True)
    probability = _q("1", "Chance of meeting it, averaged over models.", nullable=True)
    probability_low = _q("1", "Least over models.", nullable=True)
    probability_high = _q("1", "Most over models.", nullable=True)
    models = text("Chance by model, separated by |.", nullable=False)
    capacity_limit = _q("as unit", "Most that the network can carry of it.", nullable=True)
    capacity_planned = _q(
        "as unit", "The same once every announced project due by the deadline is open.", nullable=True
    )
    expected_limited = _q(
        "as unit",
        "Expected at the deadline, and no more than the network can then carry; null where nothing limits it.",
        nullable=True,
    )
    probability_limited = _q("1", "Chance of meeting it within that capacity.", nullable=True)
    binds_kind = choice(
        ("link", "crossing", "terminal", "time", "money", "workers", "power", "evidence", "nothing"),
        "What binds first, as a sort.",
    )
    binds = text("What binds first, in words.", nullable=False)
    also = text("What else stands in the way, the worst first.", nullable=False)
    verdict = choice(
        ("likely", "uncertain", "unlikely", "out_of_reach", "met", "missed", "unmeasurable", "no_evidence"),
        "In a word.",
    )
    explanation = text("In a sentence.", nullable=False)
    promise_id = text("Promise that it is a version of.")
    first_value = _q("as unit of the promise", "Level as first promised.", nullable=True)
    first_deadline = count("year", "Deadline as first promised.", nullable=True)
    versions = text("Every saying of it with its day, the earliest first.", nullable=False)
    projects = dy.List(dy.String(), description="Projects that carry it.", metadata={"unit": ""})
    figures = dy.List(dy.String(), description="Figures that it rests on.", metadata={"unit": ""})
    statements = dy.List(
        dy.String(), description="Statements behind the aim and the figures.", metadata={"unit": ""}
    )


class Plan(dy.Schema):
    """Which project starts when."""

    project_id = key("Project.")
    selected = flag("Whether the plan builds it.")
    start_year = count("year", "Start of work.", nullable=True)
    open_year = count("year", "First year in service.", nullable=True)
    cost = _q("USD", "Capital cost, undiscounted, in the plan's price year.", nullable=True)
    discounted_cost = _q("USD", "Capital and operating cost, discounted.", nullable=True)
    value_alone = _q(
        "USD",
        "What transport saves over the horizon if it alone is dropped from the plan, discounted.",
        nullable=True,
    )
    reason = text("Why it is in or out, in a sentence.", nullable=False)


class PlanSummary(dy.Schema):
    """The certificate of a plan."""

    plan_id = key("Plan.")
    objective = _q("USD", "Discounted cost of transport, unserved demand, emissions and projects.")
    bound = _q("USD", "Proven lower bound of that cost.")
    gap = _q(
        "1",
        "(objective - bound) / (without_projects - bound): the share of what any plan could save that this one may miss.",
    )
    without_projects = _q("USD", "The same cost with nothing built.")
    capital = _q("USD", "Capital spent, undiscounted.")
    unserved = _q("t", "Demand that the network cannot carry, over the horizon.")
    price_of_targets = _q("USD", "What the target constraints add to the cost.", nullable=True)
    status = text("How the solve ended.", nullable=False)
