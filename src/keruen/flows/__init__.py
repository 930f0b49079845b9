"""Where goods go: routes and modes, shared and congested, with a certificate of how far that is an equilibrium.

:func:`assign` takes a dataset or a :class:`keruen.network.Network` and hands on an :class:`Assignment`, whose
``tables()`` are the result tables of this room. :func:`equilibrium` is the same for a single-class road network as plain
arrays.
"""

from keruen.flows.assignment import Assignment
from keruen.flows.door import assign
from keruen.flows.equilibrium import Equilibrium, equilibrium

__all__ = ["Assignment", "Equilibrium", "assign", "equilibrium"]
