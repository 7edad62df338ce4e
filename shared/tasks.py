"""Tasks that are awaited: many at once, and one that is to end."""

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


async def end_task(task: asyncio.Task[Any]) -> None:
    """Cancel and await; what it raised is nobody's business any more."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
