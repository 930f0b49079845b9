"""Outlook: what to expect of every announced target, how likely it is, and what stands in the way.

Receives targets and the figures of what they measure, and what the network can carry; hands on the table ``outlook``.
"""

from keruen.outlooks.door import outlook, score, yearly_series

__all__ = ["outlook", "score", "yearly_series"]
