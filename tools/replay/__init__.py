"""Replay the recorded requests of a real Apache OpenWhisk against the playground.

``tests/data/replies/AREA.jsonl.xz`` has one line for each request, in the order in which they were
sent. Areas are independent of each other, and each leaves the namespace as empty as it found it.
They were recorded on 2026-11-28 from Apache OpenWhisk 1fae641 (its standalone server with memory
stores, built from its sources; Python 3.11 and Node.js 20): the rate limits lifted, memory 128 to
512 MB, concurrency 1, the kinds of upstream's ``runtimes.json`` (``python:default`` is 3.10). A
line is ``{"request": …, "reply": …}``.

A request has:

- ``name``: unique, ``AREA/what it does``; ``method`` and ``path``, with tokens;
- ``auth``: ``own`` (also if it is missing), ``none``, ``wrong-key`` (the key reversed), or the
  value of the header itself;
- ``headers``: more headers; a list is a header that is sent several times. ``json`` bodies also
  have ``Content-Type: application/json``;
- ``body``: ``{"json": value}``, ``{"text": …}``, ``{"base64": …}`` or ``{"parts": ["text",
  ["x", 1000], …]}``, which is text and repeated text;
- ``wait``: seconds to wait before it is sent;
- ``until`` and ``patience``: ask again every 0.25 s, for ``patience`` (20) seconds at most, until
  the status, or the length of the list, is this. The last reply counts.

Tokens in a request are ``<namespace>``; ``<id:NAME>``, the activation id in the reply to the
request NAME; and ``<logid:NAME>``, the first activation id in the log lines of that reply.

A reply has ``status`` (0: the connection broke), ``headers`` (only those that clients rely on, in
lower case) and ``body``: null if it is empty, else ``{"json": …}``, ``{"text": …}`` or
``{"base64": …}``. ``normalise.py`` says what was replaced by tokens and sorted.

``tests/data/replies/differs.txt`` names the requests whose replies are not alike, with reasons.
"""
