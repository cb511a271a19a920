"""Usage from a target, priced: the cost report, its days, and the chosen price list and budget.

The arithmetic of prices is in ``jupyter_faas.cost``; this folder fetches and sums what ran.
"""
