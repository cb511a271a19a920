"""Merge two ONNX graphs, and serialize a graph to reproducible bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto

# The size limit of protobuf, the serialization format of ONNX. Larger files cannot be read.
MAX_BYTES = 2**31 - 1
_SECOND = "second_"


def canonical(model: ModelProto) -> bytes:
    """Serialize ``model`` so that equal graphs have equal bytes.

    Sorts the operator sets of ``model`` in place and removes duplicates, because some converters
    list them in the order of a hash set, and sometimes twice.
    """
    versions: dict[str, int] = {}
    for opset in model.opset_import:
        versions[opset.domain] = max(opset.version, versions.get(opset.domain, 0))
    del model.opset_import[:]
    for domain in sorted(versions):
        entry = model.opset_import.add()
        entry.domain, entry.version = domain, versions[domain]
    data: bytes = model.SerializeToString(deterministic=True)
    return data


def opsets(model: ModelProto) -> dict[str, int]:
    return {entry.domain: entry.version for entry in model.opset_import}


def merged(first: ModelProto, second: ModelProto, wanted: Mapping[int, str]) -> ModelProto:
    """Return a copy of ``first`` with additional outputs from ``second``.

    ``wanted`` maps the positions of these outputs in ``second`` to their new names. Both graphs
    must have the same inputs. Equal nodes are merged. Raises ValueError if a graph has local
    functions, because their names could clash.
    """
    from onnx import compose

    if first.functions or second.functions:
        raise ValueError("graphs with local functions cannot be merged")
    # The prefix prevents name clashes between the two graphs.
    second = compose.add_prefix(second, _SECOND, rename_inputs=False)
    outputs = [second.graph.output[position] for position in wanted]
    names = {output.name: name for output, name in zip(outputs, wanted.values(), strict=True)}
    for node in second.graph.node:
        for edges in (node.input, node.output):
            for i, edge in enumerate(edges):
                edges[i] = names.get(edge, edge)
    model = type(first)()
    model.CopyFrom(first)
    model.graph.node.extend(second.graph.node)
    model.graph.initializer.extend(second.graph.initializer)
    for output in outputs:
        output.name = names[output.name]
        model.graph.output.append(output)
    model.opset_import.extend(second.opset_import)
    _share_equal_nodes(model.graph)
    return model


def _share_equal_nodes(graph: GraphProto) -> None:
    """Remove duplicate initializers and nodes, and nodes that are not used.

    Otherwise, the steps before a classifier would be computed twice: for its probabilities and for
    its raw scores.
    """
    same = _repeated_initializers(graph)
    outputs = {output.name for output in graph.output}
    seen: dict[bytes, list[str]] = {}
    kept: list[NodeProto] = []
    for node in graph.node:
        _rename_inputs(node, same)
        key = _key(node)
        twin = seen.get(key)
        # Outputs of the graph must keep their names. Nodes whose subgraphs read outer edges are
        # kept, because edges are renamed only outside the subgraphs.
        if twin is None or outputs.intersection(node.output) or not _is_closed(node):
            seen.setdefault(key, list(node.output))
            kept.append(node)
        else:
            same.update(zip(node.output, twin, strict=True))
    # Remove nodes that do not contribute to any output, such as a second computation of the label.
    kept = _read_nodes(kept, outputs)
    del graph.node[:]
    graph.node.extend(kept)
    used = {edge for node in kept for edge in node.input} | outputs
    used |= {name for node in kept for name in _outer_names(node)}
    initializers = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(initializers)


def _repeated_initializers(graph: GraphProto) -> dict[str, str]:
    same: dict[str, str] = {}
    first: dict[bytes, str] = {}
    for tensor in graph.initializer:
        bare = type(tensor)()
        bare.CopyFrom(tensor)
        # Initializers that differ only in their names are equal.
        bare.name = ""
        original = first.setdefault(bare.SerializeToString(deterministic=True), tensor.name)
        if original != tensor.name:
            same[tensor.name] = original
    return same


def _rename_inputs(node: NodeProto, same: dict[str, str]) -> None:
    for i, edge in enumerate(node.input):
        node.input[i] = same.get(edge, edge)


def _key(node: NodeProto) -> bytes:
    bare = type(node)()
    bare.CopyFrom(node)
    bare.name = ""
    del bare.output[:]
    for attribute in bare.attribute:
        if attribute.HasField("g"):
            _number_names(attribute.g)
    # Without names, equal bytes mean the same operation on the same inputs.
    key: bytes = bare.SerializeToString(deterministic=True)
    return key + bytes([len(node.output)])


def _number_names(body: GraphProto) -> None:
    """Replace the names in a subgraph with numbers, in the order in which they appear."""
    numbers: dict[str, str] = {}

    def number(name: str) -> str:
        return numbers.setdefault(name, str(len(numbers)))

    body.name = ""
    for value in (*body.input, *body.initializer, *body.output, *body.value_info):
        value.name = number(value.name)
    for node in body.node:
        node.name = ""
        for edges in (node.input, node.output):
            for i, edge in enumerate(edges):
                # An optional input that is left out has no name.
                edges[i] = number(edge) if edge else ""


def _is_closed(node: NodeProto) -> bool:
    """Return whether the subgraphs of ``node`` read only their own inputs and constants."""
    for attribute in node.attribute:
        if attribute.graphs:
            return False
        if attribute.HasField("g"):
            body = attribute.g
            own = {each.name for each in (*body.input, *body.initializer)}
            own.update(edge for inner in body.node for edge in inner.output)
            read = {edge for inner in body.node for edge in inner.input if edge}
            if not read <= own or not all(_is_flat(inner) for inner in body.node):
                return False
    return True


def _is_flat(node: NodeProto) -> bool:
    return not any(attribute.HasField("g") or attribute.graphs for attribute in node.attribute)


def _outer_names(node: NodeProto) -> set[str]:
    """Return the edges that the subgraphs of ``node`` may read.

    The set may contain other names too. An unused node may then be kept, which is harmless.
    """
    names: set[str] = set()
    for attribute in node.attribute:
        for graph in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
            for inner in graph.node:
                names.update(inner.input)
                names |= _outer_names(inner)
    return names


def _read_nodes(nodes: list[NodeProto], outputs: set[str]) -> list[NodeProto]:
    wanted = set(outputs)
    kept = []
    # The nodes are in the order of computation. In reverse order, a node is visited after all nodes
    # that read its outputs.
    for node in reversed(nodes):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            wanted |= _outer_names(node)
            kept.append(node)
    return kept[::-1]
