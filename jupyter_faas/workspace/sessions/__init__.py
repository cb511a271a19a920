"""Sessions: the runs of compositions, rebuilt from the activation records of a target.

This folder only reads records. ``jupyter_faas.composer`` defines what a composition consists of.
"""
