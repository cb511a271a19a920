"""Sessions: the runs of compositions, rebuilt from the activation records of a target.

Reads records only; what a composition is made of comes from ``jupyter_faas.composer``.
"""
