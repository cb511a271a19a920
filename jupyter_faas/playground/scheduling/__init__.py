"""Scheduling: which worker runs an activation, and when and how workers are started and ended.

This package uses runtimes and workers. It does not depend on HTTP or activation records.
"""
