"""Create objects of pandas, polars, scipy, scikit-learn and other libraries from their parts.

Packages contain this module as ``faas_data_libraries.py``. ``faas_data.py`` imports it for a node
whose kind it does not know, and calls ``make_<kind>(reader, node)``. Each function imports its
library itself, and describes the node in its docstring.
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing would add milliseconds to each cold start
    from typing import Any


# The following functions create values of numpy that need more than one array.


def make_masked(reader: Any, node: Any) -> Any:
    """A masked array of ``data``, ``mask`` and ``fill``, with ``hard`` for a hard mask."""
    import numpy

    data, mask, fill = reader.items((node["data"], node["mask"], node["fill"]))
    made = numpy.ma.MaskedArray(data, mask=mask, hard_mask=node["hard"])
    if fill is not None:
        made.fill_value = fill
    return made


def make_view(reader: Any, node: Any) -> Any:
    """An array of the subclass ``type`` (numpy:matrix, numpy:recarray) over ``data``."""
    import numpy

    module, _, name = node["type"].partition(":")
    return reader.read(node["data"]).view(getattr(importlib.import_module(module), name, numpy))


def make_generator(reader: Any, node: Any) -> Any:
    """A random generator ``type`` (Generator or RandomState) of ``bits`` in a ``state``."""
    import numpy

    seed = node["seed"]
    bits = getattr(numpy.random, node["bits"])
    source = bits() if seed is None else bits(_seed(reader, seed))
    source.state = reader.read(node["state"])
    made = getattr(numpy.random, node["type"])(source)
    if node["type"] == "RandomState":
        made.set_state(reader.read(node["legacy"]))
    return made


def make_seed(reader: Any, node: Any) -> Any:
    """A ``numpy.random.SeedSequence``, with the number of the children that it has spawned."""
    return _seed(reader, node["seed"])


def _seed(reader: Any, nodes: Any) -> Any:
    import numpy

    entropy, spawn, pool, children = reader.items(nodes)
    return numpy.random.SeedSequence(
        entropy, spawn_key=spawn, pool_size=pool, n_children_spawned=children
    )


def make_random(reader: Any, node: Any) -> Any:
    """A ``random.Random`` in a ``state``."""
    import random

    made = random.Random()  # noqa: S311 - the notebook's own generator
    made.setstate(reader.read(node["state"]))
    return made


# The following functions create values of pandas.


def make_frame(reader: Any, node: Any) -> Any:
    """A DataFrame of ``columns`` and ``index``, over one array (``whole``) or one per column."""
    import pandas

    index, columns = reader.items((node["index"], node["columns"]))
    if "whole" in node:
        values = reader.read(node["whole"])
        frame = pandas.DataFrame(values, index=index, columns=columns, copy=False)
    else:
        # pandas would turn an array of Python strings into its string type, but not a Series.
        parts = {at: _series(part, index) for at, part in enumerate(reader.items(node["parts"]))}
        frame = pandas.DataFrame(parts, index=index)
        frame.columns = columns
    return _with_attributes(frame, reader, node)


def make_series(reader: Any, node: Any) -> Any:
    """A Series of ``values``, ``index`` and ``name``."""
    values, index, name = reader.items((node["values"], node["index"], node["name"]))
    return _with_attributes(_series(values, index, name), reader, node)


def _series(values: Any, index: Any, name: Any = None) -> Any:
    import pandas

    plain = str(getattr(values, "dtype", "")) == "object"
    return pandas.Series(
        values, index=index, name=name, dtype=object if plain else None, copy=False
    )


def _with_attributes(made: Any, reader: Any, node: Any) -> Any:
    if "attrs" in node:
        made.attrs = reader.read(node["attrs"])
    if node.get("unique"):
        made.flags.allows_duplicate_labels = False
    return made


def make_index(reader: Any, node: Any) -> Any:
    """An Index of ``values`` and ``name``. ``freq`` is the offset between dates, or null."""
    import pandas

    values, name, freq = reader.items((node["values"], node["name"], node["freq"]))
    if freq is not None:
        return getattr(pandas, node["type"])(values, freq=freq, name=name)
    plain = str(values.dtype) == "object"
    return pandas.Index(
        values, name=name, dtype=object if plain else None, copy=False, tupleize_cols=False
    )


def make_range_index(reader: Any, node: Any) -> Any:
    """A RangeIndex from ``items`` (start, stop and step) and ``name``."""
    import pandas

    return pandas.RangeIndex(*node["items"], name=reader.read(node["name"]))


def make_multi_index(reader: Any, node: Any) -> Any:
    """A MultiIndex of ``levels``, ``codes`` and ``names``."""
    import pandas

    return pandas.MultiIndex(
        levels=list(reader.items(node["levels"])),
        codes=list(reader.items(node["codes"])),
        names=list(reader.items(node["names"])),
        verify_integrity=False,
    )


def make_categorical(reader: Any, node: Any) -> Any:
    """A Categorical of ``codes``, ``categories`` and ``ordered``."""
    import pandas

    codes, categories = reader.items((node["codes"], node["categories"]))
    dtype = pandas.CategoricalDtype(categories, ordered=node["ordered"])
    return pandas.Categorical.from_codes(codes, dtype=dtype)


def make_nullable(reader: Any, node: Any) -> Any:
    """An array of ``type`` (IntegerArray, FloatingArray, BooleanArray) of values and a mask."""
    import pandas

    return getattr(pandas.arrays, node["type"])(*reader.items((node["values"], node["mask"])))


def make_strings(reader: Any, node: Any) -> Any:
    """An array of pandas' strings, in pyarrow if that is installed.

    Missing values are null. ``nan`` says how they are shown.
    """
    import pandas

    missing = {"na_value": float("nan")} if node["nan"] else {}
    return pandas.array(node["items"], dtype=pandas.StringDtype(**missing))


def make_zoned(reader: Any, node: Any) -> Any:
    """An array of times in a time ``zone``, from ``values`` in UTC."""
    import pandas

    values, zone = reader.items((node["values"], node["zone"]))
    return pandas.DatetimeIndex(values).tz_localize("UTC").tz_convert(zone).array


def make_periods(reader: Any, node: Any) -> Any:
    """An array of periods from ordinal numbers and a frequency."""
    import pandas

    values = reader.read(node["values"])
    return pandas.arrays.PeriodArray(values, dtype=pandas.PeriodDtype(node["freq"]))


def make_intervals(reader: Any, node: Any) -> Any:
    """An array of intervals of ``left``, ``right`` and ``closed``."""
    import pandas

    left, right = reader.items((node["left"], node["right"]))
    return pandas.arrays.IntervalArray.from_arrays(left, right, closed=node["closed"])


def make_pandas_dtype(reader: Any, node: Any) -> Any:
    """The type of a one-element array of pandas."""
    return reader.read(node["of"]).dtype


def make_timestamp(reader: Any, node: Any) -> Any:
    """A Timestamp, Timedelta, Period or Interval: the only item of an array or an Index."""
    return reader.read(node["of"])[0]


def make_offset(reader: Any, node: Any) -> Any:
    """An offset of dates of the class ``type``, with ``options`` and the dates ``holidays``."""
    from pandas import offsets

    options = reader.read(node["options"])
    if "holidays" in node:
        options["holidays"] = list(reader.read(node["holidays"]))
    return getattr(offsets, node["type"])(node["n"], node["normalize"], **options)


# The following functions create values in a format of their library.


def make_polars(reader: Any, node: Any) -> Any:
    """A ``type`` of polars (DataFrame, LazyFrame, Series) from a file in the Arrow IPC format."""
    import io

    import polars

    frame = polars.read_ipc(io.BytesIO(reader.file(node["file"])), use_pyarrow=False)
    if node["type"] == "Series":
        return frame.to_series()
    return frame.lazy() if node["type"] == "LazyFrame" else frame


def make_tokenizer(reader: Any, node: Any) -> Any:
    """A ``tokenizers.Tokenizer`` from its JSON."""
    import tokenizers

    return tokenizers.Tokenizer.from_str(reader.file(node["file"]).decode())


def make_xgboost_booster(reader: Any, node: Any) -> Any:
    """A Booster of XGBoost from its own format (Universal Binary JSON)."""
    import xgboost

    made = xgboost.Booster()
    made.load_model(bytearray(reader.file(node["file"])))
    return made


def make_lightgbm_booster(reader: Any, node: Any) -> Any:
    """A Booster of LightGBM from its own text format. ``best`` is its best iteration, or -1."""
    import lightgbm

    made = lightgbm.Booster(model_str=reader.file(node["file"]).decode())
    made.best_iteration = node["best"]
    return made


def make_catboost(reader: Any, node: Any) -> Any:
    """A model of CatBoost (``type`` is its class) from its own format, with its attributes."""
    made = reader.read(node["type"])().load_model(blob=reader.file(node["file"]))
    vars(made).update((reader.read(key), reader.read(value)) for key, value in node["state"])
    return made


def make_sqlite(reader: Any, node: Any) -> Any:
    """A connection to a database of SQLite in memory, from the bytes of the database."""
    import sqlite3

    # The handler may run in another thread than the one that loads the package.
    made = sqlite3.connect(":memory:", isolation_level=node["isolation"], check_same_thread=False)
    made.deserialize(reader.file(node["file"]))  # type: ignore[attr-defined]  # since Python 3.11
    for key, value in node["state"]:
        setattr(made, key, reader.read(value))
    return made


def make_tensor(reader: Any, node: Any) -> Any:
    """A tensor of PyTorch from an array. ``type`` is its dtype, such as bfloat16."""
    import torch

    made = torch.from_numpy(reader.read(node["data"]).copy())
    made = made.view(getattr(torch, node["type"])) if node["viewed"] else made
    return made.requires_grad_(node["grad"])


def make_torch_value(reader: Any, node: Any) -> Any:
    """A device, a dtype or a size of PyTorch."""
    import torch

    if node["type"] == "device":
        return torch.device(node["text"])
    if node["type"] == "Size":
        return torch.Size(node["items"])
    return getattr(torch, node["text"])


def make_subgraph(reader: Any, node: Any) -> Any:
    """A view of the ``nodes`` of a graph of networkx."""
    graph, nodes = reader.items((node["of"], node["nodes"]))
    return graph.subgraph(nodes)


def make_soup(reader: Any, node: Any) -> Any:
    """A document of BeautifulSoup, parsed again from its ``text``, with the lines of its tags."""
    import bs4

    made = bs4.BeautifulSoup(node["text"], node["parser"])
    for key, value in node["state"]:
        setattr(made, key, value)
    for element, shape in zip(made.descendants, node["shape"]):  # noqa: B905 Python 3.9
        if isinstance(element, bs4.Tag):
            element.sourceline, element.sourcepos = shape[-1]
    return made


def make_soup_element(reader: Any, node: Any) -> Any:
    """The element number ``at`` of a document of BeautifulSoup."""
    import itertools

    return next(itertools.islice(reader.read(node["of"]).descendants, node["at"], None))


def make_soup_results(reader: Any, node: Any) -> Any:
    """A list of results of BeautifulSoup."""
    import bs4

    made = reader.share(node, bs4.element.ResultSet(None))
    made.extend(reader.items(node["items"]))
    return made


# The following functions create values of scipy, scikit-learn and sympy.


def make_sparse(reader: Any, node: Any) -> Any:
    """A sparse matrix or array of scipy: ``type``, its ``parts`` and its ``shape``."""
    import scipy.sparse

    parts = tuple(reader.items(node["parts"]))
    if node["coordinates"]:
        # The coordinates of a COO array are a tuple of arrays.
        parts = (parts[0], parts[1:])
    return getattr(scipy.sparse, node["type"])(parts, shape=tuple(node["shape"]))


def make_distribution(reader: Any, node: Any) -> Any:
    """A frozen distribution of scipy.stats, such as ``norm(loc=1)``."""
    import scipy.stats

    args, keywords = reader.items((node["args"], node["keywords"]))
    return getattr(scipy.stats, node["name"])(*args, **keywords)


def make_kernel_density(reader: Any, node: Any) -> Any:
    """A gaussian_kde with a constant bandwidth."""
    made = reader.read(node["of"])
    made.covariance_factor = lambda: made.factor
    return made


def make_kd_tree(reader: Any, node: Any) -> Any:
    """A KDTree or cKDTree of scipy.spatial, built again from its ``data``."""
    import scipy.spatial

    data, box = reader.items((node["data"], node["box"]))
    return getattr(scipy.spatial, node["type"])(
        data,
        leafsize=node["leaf_size"],
        balanced_tree=node["balanced"],
        compact_nodes=node["compact"],
        boxsize=box,
    )


def make_neighbors_tree(reader: Any, node: Any) -> Any:
    """A BallTree or KDTree of scikit-learn, built again from its ``data``."""
    import sklearn.neighbors

    data, keywords, weights = reader.items((node["data"], node["keywords"], node["weights"]))
    return getattr(sklearn.neighbors, node["type"])(
        data, leaf_size=node["leaf_size"], metric=node["metric"], sample_weight=weights, **keywords
    )


def make_bunch(reader: Any, node: Any) -> Any:
    """A Bunch of scikit-learn."""
    from sklearn.utils import Bunch

    made = reader.share(node, Bunch())
    for key, value in node["items"]:
        made[reader.read(key)] = reader.read(value)
    return made


def make_geometry(reader: Any, node: Any) -> Any:
    """A geometry of shapely from its well-known binary form."""
    import shapely

    return shapely.from_wkb(bytes.fromhex(node["hex"]))


def make_expression(reader: Any, node: Any) -> Any:
    """An expression of sympy: its class with ``args``, which are expressions or plain values."""
    import sympy

    kind = getattr(sympy, node["type"])
    keywords = dict(node.get("keywords", {}))
    return kind(*reader.items(node["args"]), **keywords)
