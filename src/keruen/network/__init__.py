"""The supernetwork that goods move on, as arrays."""

from keruen.network.delay import DelayFunction

__all__ = ["DelayFunction"]
