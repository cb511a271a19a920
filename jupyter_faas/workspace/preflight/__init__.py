"""Preflight checks, which test whether a package can be deployed to a target and run there.

The checks cover sizes, runtimes, requirements and models. They use the limits and runtimes that the
target reports, and do not upload anything.
"""
