"""Where goods go: routes and modes, shared and congested, with a certificate of how far that is an equilibrium.

:func:`assign` takes a dataset or a :class:`keruen.network.Network` and hands on an :class:`Assignment`, whose
``tables()`` are the result tables of this room.
"""

from keruen.flows.assignment import Assignment
from keruen.flows.door import assign

__all__ = ["Assignment", "assign"]
