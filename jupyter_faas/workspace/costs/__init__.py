"""Costs on a target, with reports, costs per day, the chosen price list and budgets.

This package fetches and sums the usage of a target. ``jupyter_faas.cost`` computes the prices.
"""
