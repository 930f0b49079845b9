"""Every table that Keruen knows: its schema, whether people write it or a room does, and which room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import dataframely as dy

from keruen.tables import (
    appraisal,
    calendar,
    evidence,
    network,
    power,
    programme,
    results,
    skills,
    stations,
    trade,
    validation,
)


@dataclass(frozen=True)
class Table:
    """A table's name, schema and writer.

    Parameters
    ----------
    name
        Name of the table and of its file.
    schema
        Columns with units and descriptions.
    writer
        Room that writes it; empty for an input that people write.
    """

    name: str
    schema: type[dy.Schema]
    writer: str = ""

    @cached_property
    def keys(self) -> list[str]:
        """Columns of the primary key."""
        return list(self.schema.primary_key())

    @cached_property
    def columns(self) -> Mapping[str, dy.Column]:
        """Columns by name, with type, unit and description."""
        return self.schema.columns()


INPUTS: dict[str, type[dy.Schema]] = {
    "source": evidence.Source,
    "roster": evidence.Roster,
    "place": evidence.Place,
    "indicator": evidence.Indicator,
    "identity": evidence.Identity,
    "exchange_rate": evidence.ExchangeRate,
    "review": evidence.Review,
    "assumption": evidence.Assumption,
    "binding": evidence.Binding,
    "node": network.Node,
    "link": network.Link,
    "corridor": network.Corridor,
    "corridor_link": network.CorridorLink,
    "transfer": network.Transfer,
    "mode": network.Mode,
    "tariff": network.Tariff,
    "commodity": network.Commodity,
    "service": network.Service,
    "demand": network.Demand,
    "toll": network.Toll,
    "seasonality": network.Seasonality,
    "availability": network.Availability,
    "control_total": network.ControlTotal,
    "observation": validation.Observation,
    "restriction": network.Restriction,
    "crossing": network.Crossing,
    "post": network.Post,
    "delay_cause": network.DelayCause,
    "station": stations.Station,
    "traffic": stations.Traffic,
    "traffic_class": stations.TrafficClass,
    "closure": stations.Closure,
    "quota": stations.Quota,
    "party": programme.Party,
    "project": programme.Project,
    "commitment": programme.Commitment,
    "scenario": programme.Scenario,
    "change": programme.Change,
    "target": programme.Target,
    "appraisal_parameter": programme.AppraisalParameter,
    "series": trade.Series,
    "price_index": trade.PriceIndex,
    "promise": trade.Promise,
    "promise_version": trade.PromiseVersion,
    "event": calendar.Event,
    "institution": calendar.Institution,
    "fuel": power.Fuel,
    "plant": power.Plant,
    "load": power.Load,
    "power_zone": power.PowerZone,
    "plant_zone": power.PlantZone,
    "interconnector": power.Interconnector,
    "storage": power.Storage,
    "power_profile": power.PowerProfile,
    "skill": skills.Skill,
    "requirement": skills.Requirement,
    "course": skills.Course,
}

RESULTS: dict[str, tuple[str, type[dy.Schema]]] = {
    "statement": ("statements", evidence.Statement),
    "figure": ("figures", evidence.Figure),
    "conflict": ("figures", evidence.Conflict),
    "lineage": ("tables", evidence.Lineage),
    "flow": ("flows", results.Flow),
    "link_performance": ("flows", results.LinkPerformance),
    "path": ("flows", results.Path),
    "skim": ("flows", results.Skim),
    "corridor_scorecard": ("flows", results.CorridorScorecard),
    "crossing_performance": ("crossings", results.CrossingPerformance),
    "crossing_hour": ("crossings", results.CrossingHour),
    "crossing_wait": ("crossings", results.CrossingWait),
    "crossing_curve": ("crossings", results.CrossingCurve),
    "rebuild_ranking": ("crossings", results.RebuildRanking),
    "yearly_series": ("trade", trade.YearlySeries),
    "demand_fit": ("trade", validation.DemandFit),
    "validation": ("chain", validation.Validation),
    "back_test": ("chain", validation.BackTest),
    "forecast": ("trade", trade.Forecast),
    "promise_history": ("trade", trade.PromiseHistory),
    "promise_status": ("trade", trade.PromiseStatus),
    "power_mix": ("power", power.PowerMix),
    "power_year": ("power", power.PowerYear),
    "training_plan": ("skills", skills.TrainingPlan),
    "skill_gap": ("skills", skills.SkillGap),
    "outlook": ("outlooks", results.Outlook),
    "plan": ("plans", results.Plan),
    "plan_summary": ("plans", results.PlanSummary),
    "benefit": ("plans", appraisal.Benefit),
    "appraisal": ("plans", appraisal.Appraisal),
    "harmonisation": ("chain", appraisal.Harmonisation),
    "clash": ("calendar", calendar.Clash),
    "calendar_proposal": ("calendar", calendar.CalendarProposal),
}

TABLES: dict[str, Table] = {name: Table(name, schema) for name, schema in INPUTS.items()} | {
    name: Table(name, schema, writer) for name, (writer, schema) in RESULTS.items()
}
