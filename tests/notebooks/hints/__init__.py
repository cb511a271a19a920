"""Follows every hint of a refused cell by machine, until the function is deployed.

``cases`` holds a notebook for each hint that a notebook can be met with, ``edits.py``, ``calls.py``
and ``options.py`` do what the hint says, ``study.py`` runs both notebooks in a kernel and the
result on a playground, ``environments.py`` has those that lack a library or have PyTorch, and
``templates.py`` reads the hints from the package's source, so that none is without a case.
"""
