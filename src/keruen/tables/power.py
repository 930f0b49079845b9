"""Power tables: what makes electricity, what it burns, how much is needed, and the least-cost mix of each year.

``fuel``, ``plant`` and ``load`` are inputs; ``power_mix`` and ``power_year`` are written by the room ``power``.
``power_zone``, ``plant_zone``, ``interconnector``, ``storage`` and ``power_profile`` say where and at what hours: the yearly
model does not read them, the hourly one does.
"""

from __future__ import annotations

import dataframely as dy

from keruen.tables.columns import choice, flag, key, quantity, ref, text, year_key

TECHNOLOGIES = ("coal", "gas", "hydro", "wind", "solar", "nuclear", "import")


def _q(unit: str, description: str, *, nullable: bool = False) -> dy.Float64:
    return quantity(unit, description, nullable=nullable, evidence=False)


class Fuel(dy.Schema):
    """What a plant burns."""

    fuel_id = key("Identifier.")
    name = text("Name.", nullable=False)
    cost = quantity("USD/MWh", "Price of the heat in it.", minimum=0.0)
    emission = quantity("kg CO2/MWh", "Emission when a megawatt-hour of its heat is set free.", minimum=0.0)
    heat_content = quantity(
        "MWh/t",
        "Heat won from a tonne as mined (nuclear fuel: from a tonne of natural uranium); empty is unknown.",
        nullable=True,
        above=0.0,
    )


class Plant(dy.Schema):
    """A fleet of plants of one kind: those that stand, one that was announced, or those that may be built."""

    plant_id = key("Identifier.")
    name = text("Name.", nullable=False)
    technology = choice(TECHNOLOGIES, "What it is.")
    renewable = flag("Whether its electricity counts towards the target for renewables.")
    fuel_id = ref("fuel", "What it burns; coal, gas and nuclear plants need one.", nullable=True)
    project_id = ref(
        "project",
        "Project that brings the capacity: it serves once built; null stands already.",
        nullable=True,
    )
    capacity = quantity("MW", "Capacity that stands, or that the project brings.", minimum=0.0)
    retirement = quantity(
        "1/year", "Share of the first capacity that closes each year.", minimum=0.0, maximum=1.0
    )
    availability = quantity(
        "1", "Most that it makes in a year, as a share of running at full load.", minimum=0.0, maximum=1.0
    )
    firm_share = quantity(
        "1", "Share of its capacity that can be counted on at the peak.", minimum=0.0, maximum=1.0
    )
    efficiency = quantity(
        "1", "Electricity out of heat; empty without fuel.", nullable=True, above=0.0, maximum=1.0
    )
    variable_cost = quantity("USD/MWh", "Cost of a megawatt-hour besides fuel.", minimum=0.0)
    fixed_cost = quantity("USD/MW-year", "Yearly cost of a megawatt, used or not.", minimum=0.0)
    investment = quantity(
        "USD/MW",
        "Cost of a new megawatt without interest; empty is none to build.",
        nullable=True,
        minimum=0.0,
    )
    construction = quantity(
        "year", "Years from decision to service of new capacity.", nullable=True, minimum=0.0
    )
    life = quantity("year", "Years of service of new capacity.", nullable=True, above=0.0)
    build_rate = quantity(
        "MW/year", "Most new capacity in a year; empty is none.", nullable=True, minimum=0.0
    )
    potential = quantity("MW", "Most capacity in all; empty is no limit.", nullable=True, minimum=0.0)


class Load(dy.Schema):
    """Electricity that a year needs; the years listed are those that the model looks at."""

    year = year_key("Calendar year.")
    energy = quantity("TWh", "Electricity needed, losses in the grid included.", minimum=0.0)
    peak = quantity("MW", "Highest load, reserve included.", nullable=True, minimum=0.0)


class PowerZone(dy.Schema):
    """A part of the grid within which electricity moves freely, and how its load and weather go over the year."""

    zone_id = key("Identifier.")
    name = text("Name.", nullable=False)
    load_share = quantity("1", "Share of the electricity needed.", minimum=0.0, maximum=1.0)
    latitude = quantity("degree", "Latitude at which its sun stands.", minimum=-66.0, maximum=66.0)
    winter_swing = quantity(
        "1",
        "By how much the load of the coldest month exceeds the yearly mean; the warmest falls short by as much.",
        minimum=0.0,
        maximum=0.9,
    )
    evening_swing = quantity(
        "1",
        "By how much the load of the evening exceeds the mean of the day; the night falls short by as much.",
        minimum=0.0,
        maximum=0.9,
    )


class PlantZone(dy.Schema):
    """Where a fleet stands, or would be built."""

    plant_id = key("Fleet.", references="plant")
    zone_id = key("Zone.", references="power_zone")
    share = quantity("1", "Share of the fleet, new plants included.", minimum=0.0, maximum=1.0)


class Interconnector(dy.Schema):
    """What can be sent between two zones, either way."""

    interconnector_id = key("Identifier.")
    from_zone_id = ref("power_zone", "One end.")
    to_zone_id = ref("power_zone", "The other end.")
    capacity = quantity("MW", "Most that can be sent.", minimum=0.0)
    loss = quantity("1", "Share lost on the way.", minimum=0.0, maximum=0.5)


class Storage(dy.Schema):
    """Batteries or pumped water of a zone: what stands, and what may be built where it pays."""

    storage_id = key("Identifier.")
    name = text("Name.", nullable=False)
    zone_id = ref("power_zone", "Where it stands.")
    capacity = quantity("MW", "Capacity that stands.", minimum=0.0)
    hours = quantity("h", "Hours that it gives at full capacity.", above=0.0)
    efficiency = quantity(
        "1", "Electricity given for electricity taken, there and back.", above=0.0, maximum=1.0
    )
    investment = quantity(
        "USD/MW", "Cost of a new megawatt with its hours; empty is none to build.", nullable=True, minimum=0.0
    )
    life = quantity("year", "Years of service of new capacity.", nullable=True, above=0.0)
    potential = quantity("MW", "Most capacity in all; empty is no limit.", nullable=True, minimum=0.0)


class PowerProfile(dy.Schema):
    """Measured hours, for those who have them: they replace the computed course of a load or a technology in a zone."""

    zone_id = key("Zone.", references="power_zone")
    series = key("load, or a technology (wind, solar, hydro).")
    hour = dy.Integer(
        primary_key=True,
        min=0,
        max=8759,
        description="Hour of the year, from 0 on 1 January.",
        metadata={"unit": "h"},
    )
    value = quantity(
        "1",
        "Load or output, in any one unit: only its course counts, the yearly amount is the model's.",
        minimum=0.0,
    )


class PowerMix(dy.Schema):
    """What each technology stands for in a year."""

    year = year_key("Year.")
    technology = key("Technology.")
    capacity = _q("MW", "Capacity in service.")
    added = _q("MW", "Of it, new in this year, announced projects included.")
    generation = _q("TWh", "Electricity made.")
    investment = _q("USD", "Cost of the capacity that enters service, without interest.")
    emission = _q("t CO2", "Emission.")
    fuel = _q("t", "Fuel burnt, as mined; null where its heat content is unknown.", nullable=True)


class PowerYear(dy.Schema):
    """The year on one line: what it costs and what the target adds."""

    year = year_key("Year.")
    load = _q("TWh", "Electricity needed.")
    cost = _q("USD", "Fuel, operation, carbon and the year's share of investments.")
    cost_without_target = _q("USD", "The same with no target for renewables.")
    emission = _q("t CO2", "Emission.")
    renewables = _q("1", "Share of renewables in the electricity needed.")
    renewables_without_target = _q("1", "The same with no target.")
    target = _q("1", "Share aimed at; null before the first deadline.", nullable=True)
    target_price = _q(
        "USD/MWh", "What one more renewable megawatt-hour under the target costs.", nullable=True
    )
    price = _q("USD/MWh", "What one more megawatt-hour of load costs.")
