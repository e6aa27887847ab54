"""Log-odds of many rows from a booster's trees, equal to LightGBM's to the last bit and several times as quick.

Importing this package loads numba; :mod:`pqlml.model.margins` imports it where rows are many, not before.
"""
