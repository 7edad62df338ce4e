"""Many at once, awaited together."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


async def gather_all(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """The results, in order. The first failure cancels the others and is raised in an ExceptionGroup.

    A TaskGroup that failed leaves its task counted as cancelled (before Python 3.13), and with 3.11.2 the
    next `asyncio.timeout` in that task ends it: so the group has a task of its own.
    """
    return await asyncio.create_task(_gather(work))


async def _gather(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one) for one in work]
    return [task.result() for task in tasks]
