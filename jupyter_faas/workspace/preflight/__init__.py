"""Checks of a package's sizes, runtime, requirements and models against a target before a deploy.

The checks use the limits and runtimes that the target reports, and do not upload anything.
"""
