"""Network tables: where goods can go, what it costs, what may pass, and what wants to move.

Node and link follow the General Modeling Network Specification where the meaning is the same. GMNS ``capacity`` is
vehicles per hour and lane; ours is ``annual_capacity`` in tonnes a year and never borrows that name.
"""

from __future__ import annotations

import dataframely as dy

from keruen.tables.columns import choice, count, date, flag, key, month_key, quantity, ref, text, year_key

MODES = ("rail", "road", "sea", "ocean", "pipeline", "air", "river")
TRAFFIC_TYPES = ("domestic", "export", "import", "transit")


class Node(dy.Schema):
    """A place on the network."""

    node_id = key("Identifier.")
    name = text("Name.", nullable=False)
    country = ref("place", "Country, ISO 3166 alpha-3.")
    node_type = choice(("city", "junction", "crossing", "port", "terminal"), "What stands there.")
    x_coord = quantity("degree", "Longitude, WGS 84.", nullable=True, minimum=-180.0, maximum=180.0)
    y_coord = quantity("degree", "Latitude, WGS 84.", nullable=True, minimum=-90.0, maximum=90.0)
    located = flag("Whether the coordinates could be established.")
    zone_id = text("Zone whose goods start and end here; empty for a node that is only passed.")
    place_id = ref("place", "The place that announcements name.", nullable=True)


class Link(dy.Schema):
    """A way between two nodes by one mode and gauge, in one direction unless two-way."""

    link_id = key("Identifier.")
    name = text("Name of the section.")
    from_node_id = ref("node", "Start.")
    to_node_id = ref("node", "End.")
    mode_id = ref("mode", "Mode.")
    directed = flag("True for one way only; false for a link that is the same in both directions.")
    country = ref("place", "Country whose tariff applies.")
    length = quantity("km", "Length.", minimum=0.0)
    free_speed = quantity("km/h", "Commercial speed of goods without congestion.", above=0.0)
    gauge = quantity("mm", "Track gauge; null off the railway.", nullable=True, evidence=False, above=0.0)
    tracks = quantity("1", "Parallel tracks; null off the railway.", nullable=True, minimum=0.0)
    traction = choice(("electric", "diesel"), "Traction; null off the railway.", nullable=True)
    paths_per_day = quantity("train pair/day", "Train paths a day and direction.", nullable=True, minimum=0.0)
    passenger_paths = quantity(
        "train pair/day", "Of these, taken by passenger trains.", nullable=True, minimum=0.0
    )
    train_net_load = quantity("t", "Net load of a freight train.", nullable=True, minimum=0.0)
    annual_capacity = quantity(
        "t/year",
        "Capacity per direction, where not given by train paths; null is unknown.",
        nullable=True,
        minimum=0.0,
    )
    enabled = flag("False for infrastructure that a project has yet to open.")
    place_id = ref("place", "The section that announcements name.", nullable=True)


class Corridor(dy.Schema):
    """A named international corridor."""

    corridor_id = key("Identifier.")
    name = text("Name.", nullable=False)
    place_id = ref("place", "The corridor as announcements name it.", nullable=True)
    origin = ref("node", "Representative start, for scorecards.")
    destination = ref("node", "Representative end, for scorecards.")
    grade = choice(
        ("A", "B", "C", "D"),
        "Data grade; below C outputs are indicative and rank nothing. Left empty, it follows from what the corridor rests on.",
        nullable=True,
    )


class CorridorLink(dy.Schema):
    """Links that a corridor is made of, in order from its origin."""

    corridor_id = key("Corridor.", references="corridor")
    link_id = key("Link.", references="link")
    sequence = count("1", "Order from the origin.", minimum=0)


class Transfer(dy.Schema):
    """Loading, unloading, transshipment or gauge change: what it takes to pass from one mode and gauge to another."""

    transfer_id = key("Identifier.")
    node_id = ref("node", "Where; null for anywhere that both sides exist.", nullable=True)
    from_mode = ref("mode", "Mode before; null for loading.", nullable=True)
    to_mode = ref("mode", "Mode after; null for unloading.", nullable=True)
    from_gauge = quantity("mm", "Gauge before; null for any.", nullable=True, evidence=False)
    to_gauge = quantity("mm", "Gauge after; null for any.", nullable=True, evidence=False)
    cost = quantity("USD/t", "Resource cost.", minimum=0.0)
    time = quantity("h", "Time without queueing.", minimum=0.0)
    annual_capacity = quantity(
        "t/year", "Capacity, all directions; null is unknown.", nullable=True, minimum=0.0
    )


class Mode(dy.Schema):
    """A way to carry goods."""

    mode_id = key("Identifier: " + ", ".join(MODES) + ".")
    name = text("Name.", nullable=False)
    payload = quantity("t", "Net load of one vehicle (train, truck, vessel).", above=0.0)
    resource_cost = quantity("USD/t-km", "Resource cost of carriage, tariffs and taxes apart.", minimum=0.0)
    empty_return_share = quantity("1", "Share of loaded runs that come back empty.", minimum=0.0, maximum=1.0)
    emission = quantity("kg CO2/t-km", "Emission factor.", minimum=0.0)
    empties_on_line = quantity(
        "1",
        "Part of the empty runs that go back over the line they came by and take its capacity; null or 0 where stated "
        "capacities leave room for them.",
        nullable=True,
        evidence=False,
        minimum=0.0,
        maximum=1.0,
    )


class Tariff(dy.Schema):
    """What a carrier or country charges: policy, not cost."""

    tariff_id = key("Identifier.")
    country = ref("place", "Country; null for everywhere.", nullable=True)
    mode_id = ref("mode", "Mode.")
    commodity_id = ref("commodity", "Goods; null for all.", nullable=True)
    traffic_type = choice(TRAFFIC_TYPES, "Traffic; null for all.", nullable=True)
    rate = quantity("USD/t-km", "Charge.", minimum=0.0)
    preference = quantity(
        "USD/t-km",
        "Unexplained preference: by how much shippers shun the way beyond time and charges (calibrated; nobody pays it); "
        "null is 0, negative is liked.",
        nullable=True,
    )
    price_year = count("year", "Prices of this year.", minimum=1990, maximum=2100)


class Service(dy.Schema):
    """How goods of a class travel by a mode, where they travel otherwise than the rest: block trains of containers."""

    commodity_id = key("Goods.", references="commodity")
    mode_id = key("Mode.", references="mode")
    speed_factor = quantity("1", "Their commercial speed over that of the link.", above=0.0)


class Commodity(dy.Schema):
    """A class of goods that behaves alike."""

    commodity_id = key("Identifier.")
    name = text("Name.", nullable=False)
    value = quantity("USD/t", "Value of a tonne.", minimum=0.0)
    value_of_time_low = quantity("USD/t-h", "Value of time, low.", minimum=0.0)
    value_of_time = quantity("USD/t-h", "Value of time, central.", above=0.0)
    value_of_time_high = quantity("USD/t-h", "Value of time, high.", minimum=0.0)
    reliability_ratio = quantity(
        "1", "Value of an hour's standard deviation over the value of an hour.", minimum=0.0
    )
    scale = quantity("t/USD", "Logit scale of route and mode choice on generalised cost.", above=0.0)
    hs = text("Harmonised System chapters, separated by |.")


class Demand(dy.Schema):
    """Goods that want to move in a year."""

    origin = key("Node where they start.", references="node")
    destination = key("Node where they end.", references="node")
    commodity_id = key("Goods.", references="commodity")
    traffic_type = key("Seen from the modelled country: " + ", ".join(TRAFFIC_TYPES) + ".")
    year = year_key("Year.")
    tonnes = quantity("t/year", "Volume.", minimum=0.0)


class Toll(dy.Schema):
    """What a class of goods pays to use a link, on top of tariff or resource cost: policy, not cost. Rows that apply add up."""

    toll_id = key("Identifier.")
    link_id = ref("link", "Where, in both directions.")
    commodity_id = ref("commodity", "Goods; null for all.", nullable=True)
    traffic_type = choice(TRAFFIC_TYPES, "Traffic; null for all.", nullable=True)
    rate = quantity("USD/t", "Charge.", minimum=0.0)
    price_year = count("year", "Prices of this year.", minimum=1990, maximum=2100)


class Seasonality(dy.Schema):
    """How the goods of a year fall on its months. Goods without rows move evenly."""

    commodity_id = key("Goods.", references="commodity")
    month = month_key()
    share = quantity(
        "1", "Share of the year's tonnes; those of twelve months sum to 1.", minimum=0.0, maximum=1.0
    )


class Availability(dy.Schema):
    """What ice, wind, low water or axle limits leave of a link's capacity in a month. Without a row all of it."""

    link_id = key("Link.", references="link")
    month = month_key()
    factor = quantity(
        "1", "Share of the capacity that is there; 0 closes the link.", minimum=0.0, maximum=1.0
    )
    cause = text("Ice, wind, water level, axle limit.")


class ControlTotal(dy.Schema):
    """A published total of demand, known within an interval; the demand of the year is fitted to all of them."""

    total_id = key("Identifier.")
    year = year_key("Year.")
    label = text("What is counted, in words.", nullable=False)
    origin = text("Nodes or countries of origin, separated by |; null for all.")
    destination = text("Nodes or countries of destination, separated by |; null for all.")
    both_ways = flag("Whether goods from the destination to the origin count as well.")
    commodity_id = text("Classes of goods, separated by |; null for all.")
    traffic_type = text("Types of traffic, separated by |; null for all.")
    link_id = text(
        "Only the part of it that passes these links, separated by |; null for all of it, whatever its way."
    )
    low = quantity("t/year", "Least that it can be.", minimum=0.0)
    high = quantity("t/year", "Most that it can be.", minimum=0.0)


class Restriction(dy.Schema):
    """A legal limit on what may pass. A plan respects it; only a dated legal scenario lifts it."""

    restriction_id = key("Identifier.")
    regime = text("Regime.", nullable=False)
    jurisdiction = text("Who imposed it.", nullable=False)
    reference = text("Legal reference.", nullable=False)
    country = ref("place", "Links of this country; null for all.", nullable=True)
    link_id = ref("link", "This link; null for all.", nullable=True)
    mode_id = ref("mode", "This mode; null for all.", nullable=True)
    commodity_id = ref("commodity", "These goods; null for all.", nullable=True)
    traffic_type = choice(TRAFFIC_TYPES, "This traffic; null for all.", nullable=True)
    origin_country = ref("place", "Goods from here; null for all.", nullable=True)
    destination_country = ref("place", "Goods to here; null for all.", nullable=True)
    effect = choice(("ban", "licence", "review"), "A banned movement is absent; the rest is reported.")
    valid_from = date("First day.", nullable=False)
    valid_to = date("Last day; null while in force.")


class Crossing(dy.Schema):
    """A border crossing or port where goods queue; its delay falls on one link or at one node's transfers."""

    crossing_id = key("Identifier.")
    name = text("Name.", nullable=False)
    kind = choice(("rail", "road", "port"), "What queues: trains, trucks or vessels.")
    link_id = ref("link", "Link that passes it; null for a port.", nullable=True)
    node_id = ref("node", "Where it stands.")
    place_id = ref("place", "As announcements name it.", nullable=True)
    grade = choice(
        ("A", "B", "C", "D"),
        "Data grade; below C outputs are indicative and rank nothing. Left empty, it follows from what the crossing rests on.",
        nullable=True,
    )


class Post(dy.Schema):
    """One side of a crossing. Throughput is the weaker side's."""

    crossing_id = key("Crossing.", references="crossing")
    country = key("Side, ISO 3166 alpha-3.", references="place")
    regime = choice(("customs", "union"), "Customs control, or none within a customs union.")
    lanes = quantity("1", "Servers: lanes, tracks or berths that work in parallel.", above=0.0)
    hours_per_day = quantity("h/day", "Opening hours.", above=0.0, maximum=24.0)
    service_time = quantity("h", "Mean time of one vehicle at a server.", above=0.0)
    service_cv = quantity("1", "Coefficient of variation of the service time.", minimum=0.0)
    arrival_cv = quantity("1", "Coefficient of variation between arrivals.", minimum=0.0)


class DelayCause(dy.Schema):
    """Delay at a crossing that is no queue: documents, intake quotas of the neighbour, shortage of wagons."""

    crossing_id = key("Crossing.", references="crossing")
    cause = key("Cause.")
    hours = quantity("h", "Mean delay of one vehicle.", minimum=0.0)
    note = text("What is known of it.")
