"""The language of bindings: arithmetic over figures, assumptions and the cells of a row, and nothing else.

An expression is parsed to a Python syntax tree of which a short list of nodes is allowed, so that a dataset from a
stranger can compute but not act.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from keruen.errors import KeruenError

Array = npt.NDArray[np.float64]

_BINARY: dict[type[ast.operator], Callable[[Array, Array], Array]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
}
_FUNCTIONS: dict[str, tuple[Callable[..., Array], int]] = {
    "min": (np.minimum, 2),
    "max": (np.maximum, 2),
    "round": (np.round, 1),
    "abs": (np.abs, 1),
}
MAX_LENGTH = 2000
_MAX_DEPTH = 60


class ExpressionError(KeruenError):
    """An expression that is not in the language; the message says where and what is allowed."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression and what it refers to.

    Parameters
    ----------
    text
        As written.
    figures, assumptions
        Identifiers referred to.
    columns
        Other columns of the row referred to by name; ``given`` is the cell itself.
    great_circle
        Whether it measures between a link's nodes.
    """

    text: str
    tree: ast.expr
    figures: frozenset[str]
    assumptions: frozenset[str]
    columns: frozenset[str]
    given: bool
    great_circle: bool

    def evaluate(
        self,
        *,
        figures: Mapping[str, float],
        assumptions: Mapping[str, float],
        columns: Mapping[str, Array],
        great_circle: Array | None = None,
    ) -> Array:
        """Return the value for every row at once.

        Parameters
        ----------
        figures, assumptions
            Values by identifier.
        columns
            Arrays of shape (n_rows,) by column name, ``given`` among them.
        great_circle
            Kilometres between the link's nodes, shape (n_rows,).
        """

        def value(node: ast.expr) -> Array:
            match node:
                case ast.Constant():
                    return np.asarray(node.value, dtype=np.float64)
                case ast.Name():
                    return columns[node.id]
                case ast.UnaryOp():
                    return -value(node.operand)
                case ast.BinOp():
                    return _BINARY[type(node.op)](value(node.left), value(node.right))
                case ast.Call(func=ast.Name(id="figure"), args=[ast.Constant(value=str(name))]):
                    return np.asarray(figures[name])
                case ast.Call(func=ast.Name(id="assumption"), args=[ast.Constant(value=str(name))]):
                    return np.asarray(assumptions[name])
                case ast.Call(func=ast.Name(id="great_circle")) if great_circle is not None:
                    return great_circle
                case ast.Call(func=ast.Name(id=name)):
                    return _FUNCTIONS[name][0](*map(value, node.args))
            raise ExpressionError(f"{self.text!r} needs great_circle(), which only a link has")

        with np.errstate(all="ignore"):  # a division by zero is reported as a finding by the caller
            return value(self.tree)


def parse(text: str) -> Expression:
    """Parse a binding expression.

    Raises
    ------
    ExpressionError
        If it holds anything but the arithmetic that ``docs/architecture.md`` lists.

    Examples
    --------
    >>> e = parse("figure('freight_transit/KAZ/-/-/2024/actual') * assumption('rail_share') + given")
    >>> sorted(e.figures), sorted(e.assumptions), e.given
    (['freight_transit/KAZ/-/-/2024/actual'], ['rail_share'], True)
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"is longer than {MAX_LENGTH} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(f"is no expression ({getattr(error, 'msg', error)})") from None
    found: dict[str, set[str]] = {"figure": set(), "assumption": set(), "column": set()}
    measured = False

    def walk(node: ast.expr, depth: int) -> None:
        nonlocal measured
        if depth > _MAX_DEPTH:
            raise ExpressionError("is nested too deeply")
        match node:
            case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
                return
            case ast.Name():
                found["column"].add(node.id)
            case ast.UnaryOp(op=ast.USub()):
                walk(node.operand, depth + 1)
            case ast.BinOp() if type(node.op) in _BINARY:
                walk(node.left, depth + 1)
                walk(node.right, depth + 1)
            case ast.Call(
                func=ast.Name(id=("figure" | "assumption") as kind),
                args=[ast.Constant(value=str(name))],
                keywords=[],
            ):
                found[kind].add(name)
            case ast.Call(func=ast.Name(id="great_circle"), args=[], keywords=[]):
                measured = True
            case ast.Call(func=ast.Name(id=name), keywords=[]) if name in _FUNCTIONS:
                if len(node.args) != _FUNCTIONS[name][1]:
                    raise ExpressionError(
                        f"gives {name} {len(node.args)} values; it takes {_FUNCTIONS[name][1]}"
                    )
                for argument in node.args:
                    walk(argument, depth + 1)
            case _:
                raise ExpressionError(
                    f"holds {ast.unparse(node)!r}; allowed are + - * / **, min, max, round, abs, figure('id'), "
                    "assumption('id'), given, great_circle() and columns of the row"
                )

    walk(tree, 0)
    return Expression(
        text=text,
        tree=tree,
        figures=frozenset(found["figure"]),
        assumptions=frozenset(found["assumption"]),
        columns=frozenset(found["column"] - {"given"}),
        given="given" in found["column"],
        great_circle=measured,
    )
