"""Outlook: what to expect of every announced target, how likely it is, and what stands in the way."""
