"""Costs on a target: the report, costs per day, the chosen price list, and the budget.

This folder fetches and sums the usage of a target. ``jupyter_faas.cost`` computes the prices.
"""
