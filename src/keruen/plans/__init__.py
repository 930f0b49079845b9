"""Plans: which projects start in which year, at what cost, with both bounds.

The engine is :func:`keruen.plans.design.solve` (arrays in, arrays out).
"""
