"""What may not stand in the core, found in its syntax tree.

The core must give the same bytes on any machine, on any run, compiled or not. So it imports from a
short list, and has no floats, no clock, no I/O and no order that depends on hashes or addresses.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

# A list of what is allowed also forbids what nobody thought of. `math` is absent on purpose: most
# of it returns floats. To add a module, show that it is pure and works on integers.
ALLOWED_IMPORTS = frozenset(
    {
        "__future__",
        "bisect",
        "collections",
        "collections.abc",
        "dataclasses",
        "enum",
        "functools",
        "hashlib",
        "heapq",
        "itertools",
        "mypy_extensions",
        "typing",
        "zlib",
    }
)
FORBIDDEN_NAMES = {
    "open": "does I/O",
    "print": "does I/O",
    "input": "does I/O",
    "breakpoint": "does I/O",
    "eval": "runs what the type checker cannot see",
    "exec": "runs what the type checker cannot see",
    "__import__": "imports what the layers cannot see",
    "float": "rounds differently from machine to machine",
    "complex": "rounds differently from machine to machine",
    "hash": "differs from run to run",
    "id": "differs from run to run",
}
CATCH_ALLS = {"Exception", "BaseException"}
SET_TYPES = {"set", "frozenset", "Set", "FrozenSet", "AbstractSet", "MutableSet"}
SET_METHODS = {"union", "intersection", "difference", "symmetric_difference"}
# These make something ordered out of what they are given.
ORDERING_CALLS = {"list", "tuple", "enumerate", "iter", "next", "zip", "map", "filter", "reversed"}
# Words for which the glossary has another one.
FOREIGN_WORDS = {
    "symbol": "instrument",
    "coin": "asset",
    "currency": "asset",
    "wallet": "account or ledger_account",
    "oracle": "index_price",
    "deal": "fill or trade",
    "standby": "replica",
}


def finding(path: str, node: ast.AST, text: str) -> str:
    """Return one sentence that names the place."""
    return f"{path}:{getattr(node, 'lineno', 1)}: {text}"


def imported_modules(node: ast.AST) -> list[str]:
    """Return the modules an import statement names; relative ones stay inside the core."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0:
        return [node.module or ""]
    return []


def is_core_module(module: str) -> bool:
    """Return whether the module belongs to the core."""
    return module == "seawall.core" or module.startswith("seawall.core.")


def forbidden_imports(path: str, source: str) -> list[str]:
    """Find imports of anything that is neither the core nor pure."""
    return [
        finding(path, node, f"the core may not import {module}")
        for node in ast.walk(ast.parse(source))
        for module in imported_modules(node)
        if module not in ALLOWED_IMPORTS
        and not is_core_module(module)
        and module.split(".")[0] != "librt"  # has its own rule
    ]


def librt_beyond_one_module(sources: Mapping[str, str]) -> list[str]:
    """Find librt in more than one module: behind one, it can be replaced."""
    users = [
        path
        for path, source in sources.items()
        for node in ast.walk(ast.parse(source))
        if any(module.split(".")[0] == "librt" for module in imported_modules(node))
    ]
    users = sorted(set(users))
    return [f"librt is used by {', '.join(users)}; one module is enough"] if len(users) > 1 else []


def forbidden_names(path: str, source: str) -> list[str]:
    """Find built-ins that do I/O, are inexact, or differ from run to run."""
    return [
        finding(path, node, f"{node.id} is not for the core: it {FORBIDDEN_NAMES[node.id]}")
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Name)
        and isinstance(node.ctx, ast.Load)
        and node.id in FORBIDDEN_NAMES
    ]


def inexact_arithmetic(path: str, source: str) -> list[str]:
    """Find float literals and true division."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            found.append(finding(path, node, f"{node.value!r} is a float literal"))
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            found.append(finding(path, node, "/ makes a float; use floor_div or ceil_div"))
    return found


def catch_alls(path: str, source: str) -> list[str]:
    """Find handlers that would swallow our own bugs."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ExceptHandler):
            continue
        caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        for one in caught:
            if one is None or (isinstance(one, ast.Name) and one.id in CATCH_ALLS):
                found.append(finding(path, node, "a handler that catches everything"))
    return found


def hidden_control_flow(path: str, source: str) -> list[str]:
    """Find async code and rebound globals: the core is a function of its entries."""
    kinds = (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await, ast.Global)
    return [
        finding(path, node, f"{type(node).__name__} is not for the core")
        for node in ast.walk(ast.parse(source))
        if isinstance(node, kinds)
    ]


def last_name(node: ast.expr | None) -> str:
    """Return the last word of `a`, `self.a` or `a[...]`, or an empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        return last_name(node.value)
    return ""


def is_set_annotation(node: ast.expr | None) -> bool:
    """Return whether an annotation, also inside `Final[...]` or `... | None`, is a set."""
    if isinstance(node, ast.BinOp):
        return is_set_annotation(node.left) or is_set_annotation(node.right)
    if isinstance(node, ast.Subscript) and last_name(node.value) in {"Final", "ClassVar"}:
        return is_set_annotation(node.slice)
    return last_name(node) in SET_TYPES


def is_set_value(node: ast.expr | None, known: frozenset[str]) -> bool:
    """Return whether an expression is seen to be a set."""
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    if isinstance(node, ast.Name | ast.Attribute):
        return last_name(node) in known
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name):
            return node.func.id in {"set", "frozenset"}
        return isinstance(node.func, ast.Attribute) and node.func.attr in SET_METHODS
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.BitAnd | ast.Sub):
        return is_set_value(node.left, known) or is_set_value(node.right, known)
    return False


def set_names(tree: ast.AST) -> frozenset[str]:
    """Return names and attributes that the module declares or fills as sets."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and is_set_annotation(node.annotation):
            names.add(last_name(node.target))
        if isinstance(node, ast.arg) and is_set_annotation(node.annotation):
            names.add(node.arg)
        if isinstance(node, ast.Assign) and is_set_value(node.value, frozenset()):
            names.update(last_name(target) for target in node.targets)
    return frozenset(names - {""})


def ordered_expressions(tree: ast.AST) -> Iterator[ast.expr]:
    """Yield every expression whose order of iteration reaches the result."""
    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.comprehension):
            yield node.iter
        if isinstance(node, ast.Starred):
            yield node.value
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in ORDERING_CALLS:
                yield from node.args
            if isinstance(node.func, ast.Attribute) and node.func.attr in {"pop", "extend", "join"}:
                yield from [*node.args[:1], node.func.value] if node.args else [node.func.value]


def set_iteration(path: str, source: str) -> list[str]:
    """Find iteration over what is seen to be a set; sort it by a stated key instead."""
    tree = ast.parse(source)
    known = set_names(tree)
    return [
        finding(path, node, "iterates over a set, whose order differs from run to run")
        for node in ordered_expressions(tree)
        if is_set_value(node, known)
    ]


def words_of(identifier: str) -> list[str]:
    """Split `limit_price`, `LimitPrice` and `LIMIT_PRICE` into lower-case words."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", identifier)]


def declared_identifiers(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Yield every name that the module itself chose."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node, node.name
        elif isinstance(node, ast.arg):
            yield node, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node, node.attr


def foreign_words(path: str, source: str) -> list[str]:
    """Find identifiers with a word for which the glossary has another one."""
    return [
        finding(path, node, f"{name}: say {FOREIGN_WORDS[word]}, not {word}")
        for node, name in declared_identifiers(ast.parse(source))
        for word in words_of(name)
        if word in FOREIGN_WORDS
    ]


RULES = (
    forbidden_imports,
    forbidden_names,
    inexact_arithmetic,
    catch_alls,
    hidden_control_flow,
    set_iteration,
    foreign_words,
)
