"""``jupyter nbconvert --to faas``: a notebook's functions as bundles. Deploys nothing."""

from __future__ import annotations

from jupyter_faas.export.exporter import FaasExporter

__all__ = ["FaasExporter"]
