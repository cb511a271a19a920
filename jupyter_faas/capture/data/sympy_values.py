"""Expressions of sympy, as trees of their classes and arguments."""

from __future__ import annotations

from typing import Any

from jupyter_faas.capture.data.nodes import Node, NodeWriter


def write(writer: NodeWriter, value: Any, where: str) -> Node | None:
    """Return the node of a symbol, a number or an expression, or None for other types."""
    import sympy

    kind = type(value)
    if kind.__name__ in ("MutableDenseMatrix", "ImmutableDenseMatrix"):
        parts = [value.rows, value.cols, writer.write(value.flat(), where)]
        return {"is": "expression", "type": kind.__name__, "args": parts}
    if not isinstance(value, sympy.Basic):
        return None
    writer.need("sympy")
    if kind is sympy.Symbol:
        assumptions = dict(sorted(value._assumptions_orig.items()))
        return {"is": "expression", "type": "Symbol", "args": [value.name], "keywords": assumptions}
    if isinstance(value, sympy.Integer):
        return {"is": "expression", "type": "Integer", "args": [int(value)]}
    if isinstance(value, sympy.Rational):
        return {"is": "expression", "type": "Rational", "args": [int(value.p), int(value.q)]}
    if kind is sympy.Float:
        # The digits of the binary number are exact, and its precision is counted in bits.
        sign, mantissa, exponent, _ = value._mpf_
        number = {"is": "collection", "type": "builtins:tuple"}
        parts = [int(sign), int(mantissa), int(exponent), int(mantissa).bit_length()]
        keywords = {"precision": int(value._prec)}
        args = [{**number, "items": parts}]
        return {"is": "expression", "type": "Float", "args": args, "keywords": keywords}
    for name in ("pi", "E", "I", "oo", "zoo", "nan", "true", "false"):
        if getattr(sympy, name) is value:
            return {"is": "found", "path": f"sympy:{name}"}
    if getattr(sympy, kind.__name__, None) is not kind or not value.args:
        return None
    args = writer.write_all(value.args, where)
    return {"is": "expression", "type": kind.__name__, "args": args}
