"""Tables of the documents that are made from the code: commands, settings, metrics. Pure."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from shared.settings import Settings

METRIC_PREFIX: Final = "pdx_"
METRIC_KINDS: Final = frozenset({"Counter", "Gauge", "Histogram", "Summary"})
COMMON_OPTIONS: Final = frozenset({"--help", "--data"})


def command_table(root: Any) -> str:
    """Markdown table of the commands of a Typer group: how each is called, its options, what it does."""
    return _table(
        ("command", "options", "does"),
        (
            (f"`{_call(name, command)}`", _options(command), (command.help or "").split("\n")[0])
            for name, command in _commands(root)
        ),
    )


def _commands(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{prefix}{name} ")
        elif not command.hidden:
            yield f"{prefix}{name}", command


def _call(name: str, command: Any) -> str:
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    return " ".join(("./dex", name, *(_argument(parameter) for parameter in arguments)))


def _argument(parameter: Any) -> str:
    word = f"{parameter.metavar or parameter.name.upper()}{'…' if parameter.nargs == -1 else ''}"
    return word if parameter.required else f"[{word}]"


def _options(command: Any) -> str:
    names = [
        parameter.opts[0]
        for parameter in command.params
        if parameter.param_type_name == "option" and parameter.opts[0] not in COMMON_OPTIONS
    ]
    return " ".join(f"`{name}`" for name in names)


def settings_table() -> str:
    """Markdown table of `Settings`: variable, default, meaning."""
    return _table(
        ("variable", "default", "meaning"),
        (
            (f"`{_variable(name, field)}`", _default(field), field.description or "")
            for name, field in Settings.model_fields.items()
        ),
    )


def _variable(name: str, field: FieldInfo) -> str:
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        return str(alias.choices[0])
    return f"{Settings.model_config.get('env_prefix', '')}{name}".upper()


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        return "host name and process"
    if field.default is None:
        return "none"
    text = str(field.default)
    # the description of a derived path says where it lies
    return "derived" if text in ("", ".") else f"`{text}`"


def metric_table(root: Path, packages: Iterable[str]) -> str:
    """Markdown table of the metrics that the sources below `root` declare, in alphabetical order."""
    rows = sorted(row for package in packages for row in _metrics(root, package))
    return _table(("metric", "kind", "labels", "counts", "declared in"), rows)


def _metrics(root: Path, package: str) -> Iterator[tuple[str, ...]]:
    for file in sorted((root / package).rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        shorthands = _shorthands(tree)
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            kind, fixed = shorthands.get(node.func.id, (node.func.id, ()))
            texts = list(_texts(node.args))
            if kind in METRIC_KINDS and texts and texts[0].startswith(METRIC_PREFIX):
                labels = ", ".join(f"`{label}`" for label in (*fixed, *texts[2:]))
                where = f"`{file.relative_to(root)}`"
                yield f"`{texts[0]}`", kind.lower(), labels, texts[1], where


def _shorthands(tree: ast.Module) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Functions of a module that declare a metric: its kind, and the labels that all of theirs have."""
    found = {}
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        for statement in function.body:
            if isinstance(statement, ast.Return) and isinstance(statement.value, ast.Call):
                made = statement.value
                if isinstance(made.func, ast.Name) and made.func.id in METRIC_KINDS:
                    found[function.name] = (made.func.id, tuple(_texts(made.args)))
    return found


def _texts(arguments: Iterable[ast.expr]) -> Iterator[str]:
    """The strings among arguments, those in tuples too, in order."""
    for argument in arguments:
        if isinstance(argument, ast.Tuple):
            yield from _texts(argument.elts)
        elif isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)
