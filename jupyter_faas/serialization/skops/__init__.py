"""Models that leave a notebook as they are: the estimator itself, in the skops format."""

from __future__ import annotations

from jupyter_faas.serialization.skops.conversion import EstimatorOrder, convert_estimator, way_out

__all__ = ["EstimatorOrder", "convert_estimator", "way_out"]
