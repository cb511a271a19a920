"""Compressed data as it comes out, with an end to how much that may be."""

from __future__ import annotations

import gzip
import io


class Inflated:
    """What a gzip file holds, as ``tarfile`` reads it, no further than ``most`` bytes.

    A tar's own headers, which ``tarfile`` holds in memory, may be ``most_at_once`` bytes; a few
    kilobytes of gzip can claim to be gigabytes of header, or of something to skip.
    """

    def __init__(self, data: bytes, most: int, most_at_once: int) -> None:
        self._file = gzip.GzipFile(fileobj=io.BytesIO(data))
        self._most = most
        self._most_at_once = most_at_once

    def read(self, size: int) -> bytes:
        """Raises ValueError beyond the bounds."""
        if size > self._most_at_once:
            raise ValueError(f"it has a header of more than {self._most_at_once} bytes")
        self._check(self._file.tell() + size)
        return self._file.read(size)

    def seek(self, position: int) -> int:
        """Raises ValueError beyond the bounds."""
        self._check(position)
        return self._file.seek(position)

    def tell(self) -> int:
        return self._file.tell()

    def _check(self, position: int) -> None:
        if position > self._most:
            raise ValueError(f"it unpacks to more than {self._most} bytes")
