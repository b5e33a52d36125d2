"""Break each comparison of the matching engine once and show that a test fails.

Run: python -m tests.benchmarks.mutate_matching [MODULE ...]. Prints every survivor; exit status 1 when there is one
that is not listed as equivalent. Mutants are made in memory: no file is touched.
"""

import ast
import copy
import importlib
import inspect
import itertools
import signal
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

MODULES = (
    "rules.tolerance",
    "rules.approval",
    "rules.authority",
    "rules.duties",
    "rules.sla",
    "pipeline.domain.identifiers",
    "pipeline.match.arithmetic",
    "pipeline.match.charges",
    "pipeline.match.coding",
    "pipeline.match.credits",
    "pipeline.match.documents",
    "pipeline.match.duplicates",
    "pipeline.match.groups",
    "pipeline.match.orders",
    "pipeline.match.pairing",
    "pipeline.match.prices",
    "pipeline.match.quantities",
    "pipeline.match.target",
    "pipeline.match.three_way",
)
TESTS = (
    "tests.unit.match.test_price_and_quantity",
    "tests.unit.match.test_document_and_order",
    "tests.unit.match.test_boundaries",
    "tests.unit.match.test_pairing",
    "tests.unit.match.test_survivors",
    "tests.unit.rules.test_rules",
    "tests.unit.domain.test_identifiers_money_lifecycle",
)
_OPERATORS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_SECONDS = 20.0
_NAMES = {"min": "max", "max": "min"}
_ATTRIBUTES = {"accepted": "received", "returned": "rejected", "prior_qty": "ordered"}
_WORDS = {".upper_pct": ".upper_abs", ".upper_abs": ".upper_pct", ".planned_pct": ".planned_abs"}
# No test can tell these from the original: part of the source line -> why.
EQUIVALENT = {
    "used = [p for p in item.pairs": "which of equally good pairs is shown",
    "if share > 0 or": "an empty share adds nothing",
    "number < len(targets) and cost": "a dummy column always costs less than a forbidden one",
    "scope = frozenset((norm_po(named),))": "with one order the scope is that order",
    "if len(item.pairs) == 1 and wanted": "a short cut: the assignment gives the same pair",
    "fits = (expected > 0) &": "ranking only, at the edge of a rounding in floating point",
    "if len(items) > 1:": "one line taken together is that line",
    "if group.billed <= 0:": "nothing billed exceeds nothing that was not exceeded before",
    "elif got.returned > 0 and total": "without a return nothing above what was kept is at most what was received",
    "elif line.amount >= 0:": "an amount of zero adds nothing on either side",
    "if sign < 0:": "a sign is never zero",
    "if net <= 0 or within(excess": "nothing billed disputes nothing",
}


class _Swap(ast.NodeTransformer):
    """Mutate the n-th place that can be mutated."""

    def __init__(self, wanted: int) -> None:
        self.wanted, self.seen, self.line = wanted, -1, 0

    def _hit(self, node: ast.AST) -> bool:
        self.seen += 1
        if self.seen == self.wanted:
            self.line = getattr(node, "lineno", 0)
            return True
        return False

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        for place, op in enumerate(node.ops):
            if type(op) in _OPERATORS and self._hit(node):
                node.ops[place] = _OPERATORS[type(op)]()
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if isinstance(node.ctx, ast.Load) and node.id in _NAMES and self._hit(node):
            node.id = _NAMES[node.id]
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Load) and node.attr in _ATTRIBUTES and self._hit(node):
            node.attr = _ATTRIBUTES[node.attr]
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        for old, new in _WORDS.items():
            if isinstance(node.value, str) and node.value.endswith(old) and self._hit(node):
                return ast.Constant(node.value.removesuffix(old) + new)
        return node


def functions_of(module: types.ModuleType) -> Iterator[types.FunctionType]:
    """Plain functions and methods that the module defines, also behind caches and properties."""
    owners: list[Any] = [module, *(c for c in vars(module).values() if inspect.isclass(c))]
    for owner in owners:
        for value in vars(owner).values():
            found = getattr(value, "fget", None) or getattr(value, "__wrapped__", value)
            if isinstance(found, types.FunctionType) and found.__code__.co_filename == module.__file__:
                yield found


def mutants_of(function: types.FunctionType) -> Iterator[tuple[str, types.CodeType]]:
    """Every mutant of one function: the line that was broken, and the code."""
    source = inspect.getsource(function)
    tree = ast.parse(inspect.cleandoc("\n" + source) if source[0].isspace() else source)
    target = tree.body[0]
    assert isinstance(target, ast.FunctionDef)
    target.decorator_list = []
    for number in itertools.count():
        swap = _Swap(number)
        mutated = swap.visit(copy.deepcopy(tree))
        if not swap.line:
            return
        ast.fix_missing_locations(mutated)
        code = compile(mutated, function.__code__.co_filename, "exec")
        inner = next(c for c in code.co_consts if isinstance(c, types.CodeType) and c.co_name == function.__name__)
        yield _line(source, swap.line), inner


def _line(source: str, number: int) -> str:
    lines = source.splitlines()
    return lines[min(number, len(lines)) - 1].strip()


def checks() -> list[Callable[[], None]]:
    """The unit tests as plain calls; tests that need a fixture are left out."""
    found: list[Callable[[], None]] = []
    for name in TESTS:
        for test_name, test in vars(importlib.import_module(name)).items():
            if test_name.startswith("test_") and isinstance(test, types.FunctionType):
                found += _calls(test)
    return found


def _calls(test: types.FunctionType) -> list[Callable[[], None]]:
    marks = [m for m in getattr(test, "pytestmark", []) if m.name == "parametrize"]
    if not marks:
        return [test] if not inspect.signature(test).parameters else []
    names, values = marks[0].args
    single = isinstance(names, str) and "," not in names
    return [lambda value=value: test(*((value,) if single else value)) for value in values]  # type: ignore[misc]


def killed(tests: list[Callable[[], None]]) -> bool:
    """Whether any test fails, or never ends."""
    signal.signal(signal.SIGALRM, _too_slow)
    signal.setitimer(signal.ITIMER_REAL, _SECONDS)
    try:
        for test in tests:
            test()
    except Exception:
        return True
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return False


def _too_slow(*_: object) -> None:
    raise TimeoutError


def _forget() -> None:
    """Caches may hold answers of another mutant."""
    for name in ("pipeline.domain.identifiers", "pipeline.match.scoring", "pipeline.match.target", "rules.limits"):
        for value in vars(importlib.import_module(name)).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


def main(wanted: list[str]) -> int:
    tests = checks()
    if killed(tests):
        sys.stdout.write("The tests fail without any mutation.\n")
        return 2
    total, survivors = 0, []
    for name in wanted or MODULES:
        module = importlib.import_module(name)
        for function in functions_of(module):
            original = function.__code__
            if original.co_freevars:
                continue
            for line, code in mutants_of(function):
                total += 1
                function.__code__ = code
                _forget()
                if not killed(tests) and not any(known in line for known in EQUIVALENT):
                    survivors.append(f"{name}.{function.__qualname__}: {line}")
                    sys.stdout.write(f"survived  {survivors[-1]}\n")
                    sys.stdout.flush()
            function.__code__ = original
            _forget()
    sys.stdout.write(f"{total - len(survivors)} of {total} mutants killed\n")
    return 1 if survivors else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
