"""Checks of a package against a target before the upload: sizes, runtimes, requirements, models.

The checks use the limits and runtimes that the target reports, and upload nothing.
"""
