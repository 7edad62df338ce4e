"""What no source of the product does. Each rule is shown a planted violation, so that it can fail."""

import pytest

from tests.support.source_rules import (
    EVERYWHERE,
    Rule,
    dropped_tasks,
    swallowed_errors,
    topic_literals,
    unsafe_code,
    work_at_import,
)
from tests.support.sources import parse, sources

PLANTED = [
    (topic_literals, 'TOPIC = "battle.requested.v1"'),
    (topic_literals, 'TOPIC = "something.else.v12"'),
    (topic_literals, 'DEAD = f"{name}.v1.dlq"'),
    (topic_literals, 'print("see predictions.made.v1 for it")'),
    (unsafe_code, "import pickle"),
    (unsafe_code, "def load():\n    from joblib import load"),
    (unsafe_code, "import torch.nn"),
    (unsafe_code, "x = eval(text)"),
    (unsafe_code, "exec(text)"),
    (unsafe_code, "yaml.load(stream)"),
    (unsafe_code, "np.load(path, allow_pickle=True)"),
    (swallowed_errors, "try:\n    f()\nexcept:\n    log()"),
    (swallowed_errors, "try:\n    f()\nexcept Exception:\n    pass"),
    (swallowed_errors, "try:\n    f()\nexcept (ValueError, BaseException):\n    pass"),
    (dropped_tasks, "async def f():\n    asyncio.create_task(g())"),
    (dropped_tasks, "async def f():\n    _ = asyncio.ensure_future(g())"),
    (dropped_tasks, "async def f():\n    loop.create_task(g())"),
    (work_at_import, "settings = Settings()"),
    (work_at_import, "class A:\n    text = Path('x').read_text()"),
    (work_at_import, "def f(path=open('x')): ..."),
    (work_at_import, "DEBUG = 'PDX_DEBUG' in os.environ"),
    (work_at_import, "broker = KafkaBroker('host:1')"),
    (work_at_import, "asyncio.run(main())"),
]
ALLOWED = [
    (topic_literals, '"""About battle.requested.v1"""'),
    (topic_literals, 'VERSION = "v1"'),
    (unsafe_code, "import msgspec\nnp.load(path, allow_pickle=False)\nmodel.eval()"),
    (swallowed_errors, "try:\n    f()\nexcept OSError:\n    pass"),
    (dropped_tasks, "async def f():\n    task = asyncio.create_task(g())\n    await task"),
    (
        dropped_tasks,
        "async def f():\n    async with asyncio.TaskGroup() as group:\n        group.create_task(g())",
    ),
    (work_at_import, "def f():\n    return Settings()"),
    (work_at_import, "if __name__ == '__main__':\n    run(create_app())"),
    (
        work_at_import,
        "def f(environment: Mapping[str, str] = os.environ) -> None: ...\nLATER = lambda: open('x')",
    ),
]


def _name(value: object) -> str:
    return getattr(value, "__name__", str(value))


@pytest.mark.parametrize("rule", EVERYWHERE, ids=_name)
def test_all_sources_keep_the_rule(rule: Rule) -> None:
    assert [finding for source in sources() for finding in rule(source)] == []


def test_topics_are_named_in_the_channel_table_only() -> None:
    product = sources("shared", "services", "ui", "tools")
    assert [finding for source in product for finding in topic_literals(source)] == []


@pytest.mark.parametrize(("rule", "text"), PLANTED, ids=_name)
def test_a_planted_violation_is_found(rule: Rule, text: str) -> None:
    assert len(rule(parse(text))) == 1


@pytest.mark.parametrize(("rule", "text"), ALLOWED, ids=_name)
def test_what_is_allowed_is_not_reported(rule: Rule, text: str) -> None:
    assert rule(parse(text)) == []
