"""The hints without a case, by the reason. Each is the beginning of its text in the source.

A hint is here only if a test cannot follow it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

EXCEPTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "it needs a disk that is full, damaged, read-only, or another user's": (
            "Check its owner and permissions, or choose another folder.",
            "The file system is read-only.",
            "Free some space and try again.",
            "The file would exceed the maximum file size.",
            "Close other programs, or allow more open files",
            "Check the disk for errors.",
            "The file system does not support file locks.",
            "Without locks, two playgrounds could damage the data.",
            "Choose another data folder with --data-dir",
            "Run …. It copies the database first",
            "Close the program that uses the file, such as an SQLite browser",
            "Change its owner or its permissions, for example: chmod",
            "Check the disk and try again.",
            "Saved data is safe. Check the disk",
            "Nothing was changed. Check that … is writable",
            "Free up disk space, correct the permissions of the folder",
        ),
        "it needs another machine, operating system, environment or version": (
            "Run Jupyter in WSL",
            "Use it there, or stop it there",
            "This file system does not show the locks of other machines.",
            "Upgrade jupyter_faas, or choose another data folder",
            "Package the function again, or use the version of jupyter_faas",
            "Restart it: %faas playground stop, then %faas playground start",
            "…, from which … was installed, no longer exists.",
            "Install jupyter_faas into the environment of the notebook's kernel.",
        ),
        "it needs an account and a network outside this machine": (
            "Remove …, or set it to an https address.",
            "Install fsspec and the library for this store",
            "Install the library for this store",
            "Set …=s3://bucket/models, or remove the target",
            "Check that the store exists",
        ),
        "it needs a keyring of the system that is locked or missing": (
            "Unlock it, or keep the value in a file",
            "Unlock it, and try again.",
            "Install keyring (pip install keyring)",
        ),
        "it says only where to look, or for how long to wait": (
            "Cell […], line …",
            "Line… of the cell",
            "See its output above.",
            "To see more, run the notebook in JupyterLab.",
            "The run ends at the latest when it reaches its timeout",
        ),
        "it names a process, an ID or an upload of the refused run, which the next run has not": (
            "It may be suspended or busy. To resume it: kill -CONT",
            "… has been restarted. Run … again",
            "Enter more characters of the ID.",
            "Deploy again. If the error occurs again",
        ),
    }
)
