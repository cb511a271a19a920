"""Follows every hint of a refused cell by machine, until the function is deployed.

``cases`` holds a notebook for each hint that a notebook can be met with, ``edits.py`` does what the
hint says, ``study.py`` runs both notebooks in a kernel and the result on a playground, and
``templates.py`` reads the hints from the package's source, so that none is without a case.
"""
