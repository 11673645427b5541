"""How large a declared expression may be, and how much work its parts may make."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from schemas.yaml_scalars import LARGEST, MAXIMUM_DIGITS

MAXIMUM_LENGTH = 20_000
MAXIMUM_DEPTH = 50
"""Parts within parts; what is side by side, such as `a or b or c`, counts once."""
MAXIMUM_WIDTH = 100
MAXIMUM_DECIMALS = 15
MAXIMUM_WILDCARDS = 5
TYPES = {
    *exp.DataType.TEXT_TYPES,
    *exp.DataType.NUMERIC_TYPES,
    exp.DataType.Type.BOOLEAN,
    exp.DataType.Type.DATE,
    exp.DataType.Type.TIMESTAMP,
}


def limits_passed(tree: exp.Expr) -> Iterator[str]:
    """What in an expression is beyond its limits, in words."""
    if _depth(tree) > MAXIMUM_DEPTH:
        yield f"it nests more than {MAXIMUM_DEPTH} deep"
    for literal in tree.find_all(exp.Literal):
        if not literal.is_string and not _is_plain(str(literal.this)):
            yield f"the number {str(literal.this)[:40]} is too large, or has more than {MAXIMUM_DIGITS} digits"
    for pad in tree.find_all(exp.Pad):
        if not _within(pad.expression, MAXIMUM_WIDTH):
            yield f"a text is filled up to a written number of characters, {MAXIMUM_WIDTH} at most"
    for rounded in tree.find_all(exp.Round):
        decimals = rounded.args.get("decimals")
        if decimals is not None and not _within(decimals, MAXIMUM_DECIMALS):
            yield f"numbers are rounded to a written number of decimals, {MAXIMUM_DECIMALS} at most"
    for like in tree.find_all(exp.Like):
        if not like.expression.is_string or str(like.expression.this).count("%") > MAXIMUM_WILDCARDS:
            yield f"`like` takes a written pattern with {MAXIMUM_WILDCARDS} signs % at most"
    for kind in tree.find_all(exp.DataType):
        if kind.this not in TYPES or kind.args.get("nested"):
            yield f"values are cast to numbers, texts, dates and booleans, and not to {str(kind.this)[:40]}"


def _depth(tree: exp.Expr) -> int:
    deepest, open_nodes = 0, [(tree, 1)]
    while open_nodes:
        node, depth = open_nodes.pop()
        deepest = max(deepest, depth)
        for child in node.iter_expressions():
            beside = isinstance(node, exp.Binary) and child is node.this and type(child) is type(node)
            open_nodes.append((child, depth if beside else depth + 1))
    return deepest


def _is_plain(number: str) -> bool:
    return abs(float(number)) <= LARGEST and not (number.isdigit() and len(number) > MAXIMUM_DIGITS)


def _within(node: exp.Expr | None, most: int) -> bool:
    """Whether a part is a whole number written out, from zero to `most`."""
    return isinstance(node, exp.Literal) and not node.is_string and str(node.this).isdigit() and int(node.this) <= most
