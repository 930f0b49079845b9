"""Where goods go: routes and modes, shared and congested, with a certificate of how far that is an equilibrium.

:func:`assign` takes a dataset or a :class:`keruen.network.Network` and hands on an :class:`Assignment`, whose
``tables()`` are the result tables of this room. :func:`equilibrium` is the same for a single-class road network as plain
arrays. :func:`assign_network` takes whatever network a folder holds.
"""

from keruen.flows.analysis import FlowChange, flow_change, itineraries
from keruen.flows.assignment import Assignment
from keruen.flows.door import assign
from keruen.flows.equilibrium import equilibrium
from keruen.flows.network_file import NetworkFlows, assign_network, freight_flows
from keruen.flows.proportion import proportional
from keruen.flows.road import Equilibrium
from keruen.flows.scorecard import scorecards
from keruen.flows.seasons import months, seasons
from keruen.flows.selection import Selection, select_crossing, select_link, select_road
from keruen.flows.stochastic import stochastic

__all__ = [
    "Assignment",
    "Equilibrium",
    "FlowChange",
    "NetworkFlows",
    "Selection",
    "assign",
    "assign_network",
    "equilibrium",
    "flow_change",
    "freight_flows",
    "itineraries",
    "months",
    "proportional",
    "scorecards",
    "seasons",
    "select_crossing",
    "select_link",
    "select_road",
    "stochastic",
]
