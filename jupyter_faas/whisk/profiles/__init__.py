"""Profiles of hosts: what a type of host does differently from Apache OpenWhisk, one file per host.

This package holds facts about hosts, and no requests to them. ``Profile.guesses`` marks each fact
that neither a document nor a run against that host has confirmed.
"""

from __future__ import annotations

from jupyter_faas.whisk.profiles.openwhisk import OPENWHISK
from jupyter_faas.whisk.profiles.profile import Credentials, Profile, Scheduling
from jupyter_faas.whisk.profiles.table import PROFILES, profile_of

__all__ = [
    "OPENWHISK",
    "PROFILES",
    "Credentials",
    "Profile",
    "Scheduling",
    "profile_of",
]
