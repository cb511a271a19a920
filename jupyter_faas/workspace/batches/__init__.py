"""Many calls of a function: ``iris.map(rows)``, ``jupyter faas map`` and ``iris.spawn(…)``.

``inputs.py`` turns a table into one JSON object per call, and checks its columns before the first
call. ``ledger.py`` keeps on disk what each call has answered, so that an interrupted batch
continues where it stopped. ``pace.py`` decides when the next call may start, ``calls.py`` makes one
call and repeats it where that is safe, and ``runner.py`` makes all of them in an event loop.
``results.py`` holds the answers in the order of the inputs and writes them to a file.
``service.py`` is the entry.

Each call goes through ``client.BatchClient``, which sends what ``client.Client.invoke`` sends.
"""

from __future__ import annotations
