"""Export a notebook's functions as bundles (``jupyter nbconvert --to faas``). Deploys nothing."""

from __future__ import annotations

from jupyter_faas.export.exporter import FaasExporter

__all__ = ["FaasExporter"]
