"""The places of a module that can be broken, and the module with one of them broken."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

COMPARE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
COMPUTE: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.Pow: ast.Mult,
}  # fmt: skip
LONGEST = 110  # characters of a place as it is shown


@dataclass(frozen=True, slots=True)
class Mutant:
    """One broken place: the how-manieth node of a module's tree, and what becomes of it (`way`: +1 or −1, else 0).

    `where` (the function) and `change` name it for people, and for the list of those that mean nothing.
    """

    module: str
    node: int
    way: int
    line: int
    where: str
    change: str


def places(module: str, source: str) -> Iterator[Mutant]:
    """Every place of a module that can be broken."""
    tree = ast.parse(source)
    silent, around = _silent(tree), _around(tree)
    for number, node in enumerate(ast.walk(tree)):
        if id(node) in silent:
            continue
        for way in _ways(node):
            where, parent = around[id(node)]
            shown = parent if isinstance(node, ast.Constant) else node  # a bare figure says nothing
            change = f"{_short(shown)}  →  {_short(_with(shown, node, way))}"
            yield Mutant(module, number, way, getattr(node, "lineno", 0), where, change)


def broken(mutant: Mutant, source: str) -> ast.Module:
    """The module with that one place broken; line numbers stay."""
    tree = ast.parse(source)
    target = next(node for number, node in enumerate(ast.walk(tree)) if number == mutant.node)
    _Swap(target, mutant.way).visit(tree)
    return ast.fix_missing_locations(tree)


class _Swap(ast.NodeTransformer):
    def __init__(self, target: ast.AST, way: int) -> None:
        self.target, self.way = target, way

    def visit(self, node: ast.AST) -> ast.AST:
        return _changed(node, self.way) if node is self.target else self.generic_visit(node)


def _with(shown: ast.AST, node: ast.AST, way: int) -> ast.AST:
    """A copy of `shown` with `node`, somewhere within, broken."""
    at = next(number for number, inner in enumerate(ast.walk(shown)) if inner is node)
    copied = copy.deepcopy(shown)
    target = next(inner for number, inner in enumerate(ast.walk(copied)) if number == at)
    return _Swap(target, way).visit(copied)


def _around(tree: ast.Module) -> dict[int, tuple[str, ast.AST]]:
    """For each node by id: the dotted name of the function or class it is in, and its parent."""
    found: dict[int, tuple[str, ast.AST]] = {}

    def walk(node: ast.AST, name: str) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{name}.{node.name}" if name else node.name
        for child in ast.iter_child_nodes(node):
            found[id(child)] = (name, node)
            walk(child, name)

    walk(tree, "")
    return found


def _silent(tree: ast.AST) -> set[int]:
    """Nodes that mean nothing to what is computed: annotations, decorators, imports for the type checker, zip's `strict`."""
    found: set[int] = set()
    for node in ast.walk(tree):
        quiet: list[ast.AST | None] = []
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                quiet += [*node.decorator_list, node.returns]
                quiet += [one.annotation for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
            case ast.ClassDef():
                quiet += node.decorator_list
            case ast.AnnAssign():
                quiet.append(node.annotation)
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                quiet.append(node)
            case ast.keyword(arg="strict"):
                quiet.append(node)  # of zip: it catches a slip of whoever writes the rule, no input reaches it
            case ast.Assign(targets=[ast.Name()], value=value) if _is_type(value):
                quiet.append(value)  # Exact = int | Fraction | Decimal
        for one in quiet:
            if one is not None:
                found |= {id(inner) for inner in ast.walk(one)}
    return found


def _is_type(value: ast.AST) -> bool:
    """An alias of types joined by `|`."""
    names = [node for node in ast.walk(value) if isinstance(node, ast.Name)]
    return (
        isinstance(value, ast.BinOp)
        and isinstance(value.op, ast.BitOr)
        and all(one.id[0].isupper() or one.id in {"int", "str"} for one in names)
    )


def _ways(node: ast.AST) -> Sequence[int]:
    match node:
        case ast.Compare() if type(node.ops[0]) in COMPARE:
            return (0,)
        case ast.BinOp() if type(node.op) in COMPUTE and not isinstance(node.left, ast.Constant | ast.JoinedStr):
            return (0,)
        case ast.AugAssign() if type(node.op) in COMPUTE:
            return (0,)
        case ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            return (0,)
        case ast.Constant(value=bool()):
            return (0,)
        case ast.Constant(value=int()):
            return (1, -1)
        case ast.Return(value=value) if value is not None and not _is_none(value):
            return (0,)
    return ()


def _is_none(value: ast.AST) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _changed(node: ast.AST, way: int) -> ast.AST:
    """The node, changed in place; another one where it cannot be."""
    match node:
        case ast.Compare():
            node.ops[0] = COMPARE[type(node.ops[0])]()
        case ast.BinOp() | ast.AugAssign():
            node.op = COMPUTE[type(node.op)]()
        case ast.BoolOp():
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        case ast.UnaryOp():
            return node.operand
        case ast.Constant(value=bool()):
            node.value = not node.value
        case ast.Constant(value=int(number)):
            node.value = number + way
        case ast.Return():
            node.value = ast.Constant(None)
    return node


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
