"""Old records for a playground: in its journal, which it reads when it starts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import orjson

from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.playground.storage.journal import Journal
from jupyter_faas.whisk import Activation, ActivationResponse, KeyValue


@dataclass(frozen=True)
class Runs:
    """So many alike, one a minute up to ``before_ms`` ago; ``init_ms`` of cold ones."""

    name: str
    runs: int
    memory_mb: int
    duration_ms: int
    peak_mb: int
    init_ms: int | None = None
    before_ms: int = 3_600_000

    def activations(self, now_ms: int) -> Iterable[Activation]:
        for number in range(self.runs):
            start = now_ms - self.before_ms - 60_000 * number
            annotations = [
                KeyValue("path", f"guest/{self.name}"),
                KeyValue("kind", "python:3.12"),
                KeyValue("limits", {"memory": self.memory_mb, "timeout": 60_000, "logs": 10}),
                KeyValue("faas-memory-peak", self.peak_mb),
            ]
            if self.init_ms is not None:
                annotations.append(KeyValue("initTime", self.init_ms))
            yield Activation(
                namespace="guest",
                name=self.name.rpartition("/")[2],
                version="0.0.1",
                subject="guest",
                activation_id=hashlib.sha256(f"{self} {number}".encode()).hexdigest()[:32],
                start=start,
                end=start + self.duration_ms,
                duration=self.duration_ms,
                response=ActivationResponse(0),
                annotations=tuple(annotations),
            )


def write(data_dir: Path, now_ms: int, *kinds: Runs) -> None:
    """To be called while the playground of ``data_dir`` does not run."""
    folder = DataDirectory(data_dir)
    folder.create()
    journal = Journal(folder.journal)
    for runs in kinds:
        for activation in runs.activations(now_ms):
            journal.append(b"R" + orjson.dumps(activation.to_json()))
    journal.close()
