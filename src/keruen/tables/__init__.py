"""Validated tables: the ground on which both wings stand."""
