"""Export a notebook's functions as bundles, without a deploy (``jupyter nbconvert --to faas``)."""

from __future__ import annotations

from jupyter_faas.export.exporter import FaasExporter

__all__ = ["FaasExporter"]
