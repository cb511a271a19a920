"""Remarks in activation records: what OpenWhisk would have done differently, or what to do.

They are in one file because ``docs/guarantees.md`` quotes them. ``tests/contract/test_notes.py``
compares that page with the records of the playground.
"""

from __future__ import annotations

# The annotation of a record with remarks that OpenWhisk's record would not have. An action has it
# too if OpenWhisk would have refused to create the action.
NOTE = "faas-note"

OUT_OF_MEMORY = "The action needed more than its memory limit of {} MB."
WAITED = "OpenWhisk would have answered only after the action's time limit of {} s."
OLD_KIND = "OpenWhisk would have refused the kind {}. Deploy the action with the kind {}."
NPM_INSTALL = (
    "OpenWhisk would have run the action before npm install finished, so its packages would have "
    "been missing. Deploy the archive with its node_modules."
)
PIP_INSTALL = (
    "OpenWhisk would have installed the packages in requirements.txt during this start, within "
    "the action's time limit."
)
OTHER_PACKAGES = (
    "On OpenWhisk, the import of {} would have failed, because its images do not contain it. "
    "Deploy an archive with a requirements.txt."
)
INIT_OF_BINDING = (
    "If {} had a warm container, OpenWhisk would have reused it without the init parameters of "
    "the binding."
)
OWN_JSON = "OpenWhisk would have used the action's own JSON functions, so answers may be wrong."

# Remarks on modules that are missing, by a text in the logs of a start that failed.
MISSING_MODULES = {
    "ModuleNotFoundError: No module named": (
        "To install a missing module, deploy an archive with a requirements.txt."
    ),
    "Error: Cannot find module": (
        "To install a missing module, deploy an archive whose package.json has dependencies."
    ),
}


def join_notes(*notes: str) -> str:
    """Return the remarks that are not empty as one text."""
    return " ".join(filter(None, notes))
