"""Rules that a source must keep: pure functions from a parsed file to what is wrong with it."""

import ast
import re
from collections.abc import Callable, Iterable
from typing import Final

from contracts.channels import topic_names
from tests.support.sources import Source, documents_strings, dotted, imports

Rule = Callable[[Source], list[str]]

TOPIC: Final = re.compile(r"\.v\d+(\.dlq)?$")
HEAVY: Final = frozenset(
    {"xgboost", "sklearn", "pandas", "pyarrow", "mlflow", "evidently", "onnxmltools", "skl2onnx", "onnx"}
)
"""Training and report libraries: hundreds of megabytes, seconds of import."""
PARQUET_OWNERS: Final = ("shared/archive/bucket.py", "shared/archive/rows.py", "shared/archive/store.py")
"""Loaded by the first write to the archive, at no start."""
UNSAFE_MODULES: Final = frozenset({"pickle", "cPickle", "dill", "cloudpickle", "joblib", "torch", "shelve"})
UNSAFE_CALLS: Final = frozenset({"eval", "exec", "marshal.loads", "yaml.load", "yaml.unsafe_load"})
TASK_STARTERS: Final = frozenset({"create_task", "ensure_future"})
WORK_AT_IMPORT: Final = frozenset(
    {
        "AIOKafkaConsumer",
        "AIOKafkaProducer",
        "KafkaBroker",
        "Settings",
        "create_app",
        "create_engine",
        "create_producer",
        "get_settings",
        "getenv",
        "open",
        "read_bytes",
        "read_text",
        "urlopen",
    }
)
LOOP_STARTERS: Final = frozenset({"asyncio.run", "asyncio.new_event_loop", "asyncio.get_event_loop"})


def topic_literals(source: Source) -> list[str]:
    """A topic is named by its channel; a string of its own would escape a new version."""
    names, documents = topic_names(), documents_strings(source.tree)
    return [
        source.at(node, f"topic name {node.value[:60]!r}: use the channel of contracts/channels.py")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents
        if TOPIC.search(node.value) or any(name in node.value for name in names)
    ]


def heavy_imports(source: Source) -> list[str]:
    """A service that answers carries no library that only training or reports need."""
    return [
        source.at(node, f"imports {name}")
        for node, name in imports(source.tree)
        if name.partition(".")[0] in HEAVY
        and not (name.startswith("pyarrow") and source.path in PARQUET_OWNERS)
    ]


def unsafe_code(source: Source) -> list[str]:
    """Nothing that was read may run as code."""
    found = [
        source.at(node, f"imports {name}: what it reads can run code")
        for node, name in imports(source.tree)
        if name.partition(".")[0] in UNSAFE_MODULES
    ]
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call):
            continue
        if dotted(node.func) in UNSAFE_CALLS:
            found.append(source.at(node, f"calls {dotted(node.func)}"))
        found += [
            source.at(node, "allows pickle")
            for keyword in node.keywords
            if keyword.arg == "allow_pickle" and getattr(keyword.value, "value", None) is not False
        ]
    return found


def swallowed_errors(source: Source) -> list[str]:
    """A broad `except` logs, counts and decides; cancellation passes through."""
    found = []
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        if node.type is None:
            found.append(source.at(node, "bare except"))
        elif _is_broad(node.type) and all(isinstance(step, ast.Pass) for step in node.body):
            found.append(source.at(node, f"except {ast.unparse(node.type)}: pass"))
    return found


def _is_broad(kind: ast.expr) -> bool:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(dotted(one) in ("Exception", "BaseException") for one in kinds)


def dropped_tasks(source: Source) -> list[str]:
    """A task without an owner may be collected before it ends, and nobody sees it fail."""
    return [
        source.at(node, "a task that nobody keeps")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Expr | ast.Assign)
        and _starts_task(node.value)
        and (isinstance(node, ast.Expr) or all(dotted(target) == "_" for target in node.targets))
    ]


def _starts_task(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else dotted(node.func)
    # a TaskGroup keeps and awaits its tasks
    return name in TASK_STARTERS and not _is_task_group(node.func)


def _is_task_group(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and dotted(function.value).lower().endswith(("group", "tg"))


def work_at_import(source: Source) -> list[str]:
    """Module level holds constants, functions and classes: an import opens and reads nothing."""
    found = []
    for node in _run_at_import(source.tree.body):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            last = node.func.attr if isinstance(node.func, ast.Attribute) else name
            if last in WORK_AT_IMPORT or name in LOOP_STARTERS:
                found.append(source.at(node, f"calls {name or last} while it is imported"))
        elif isinstance(node, ast.Attribute) and dotted(node) == "os.environ":
            found.append(source.at(node, "reads the environment while it is imported"))
    return found


def _run_at_import(body: Iterable[ast.stmt]) -> Iterable[ast.AST]:
    for statement in body:
        if isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test):
            continue
        yield from _evaluated(statement)


def _evaluated(node: ast.AST) -> Iterable[ast.AST]:
    """The node and what is evaluated with it: not the bodies of functions, nor annotations."""
    yield node
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        defaults = (one for one in (*node.args.defaults, *node.args.kw_defaults) if one is not None)
        # `environment=os.environ` is a name; it is read when the function runs
        read = [one for one in defaults if not isinstance(one, ast.Attribute)]
        children: Iterable[ast.AST] = [*node.decorator_list, *read]
    elif isinstance(node, ast.Lambda):
        children = []
    else:
        children = ast.iter_child_nodes(node)
    for child in children:
        yield from _evaluated(child)


EVERYWHERE: Final[tuple[Rule, ...]] = (unsafe_code, swallowed_errors, dropped_tasks, work_at_import)
"""Rules for all sources of the product."""
