import asyncio

import pytest

from shared.tasks import end_task, gather_all


async def answer(number: int) -> int:
    await asyncio.sleep(0.001 * (3 - number))
    return number


async def fail() -> int:
    raise ZeroDivisionError("planted")


async def test_results_come_in_order() -> None:
    assert await gather_all(answer(number) for number in range(3)) == [0, 1, 2]


async def test_a_failure_ends_the_others_and_leaves_the_caller_as_it_was() -> None:
    """Python 3.11.2 would take the next timeout for a cancellation."""
    others = asyncio.Event()

    async def other() -> int:
        try:
            return await asyncio.sleep(60, 0)
        finally:
            others.set()

    for _ in range(2):
        with pytest.raises(ExceptionGroup, match="unhandled errors"):
            await gather_all([other(), fail()])
    task = asyncio.current_task()
    assert task is not None
    assert (others.is_set(), task.cancelling()) == (True, 0)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001):
            await asyncio.Event().wait()


@pytest.mark.parametrize("fails", [False, True])
async def test_a_task_is_ended_whatever_it_does(fails: bool) -> None:
    begun = asyncio.Event()

    async def run() -> None:
        begun.set()
        if fails:
            raise ZeroDivisionError("planted")
        await asyncio.sleep(60)

    task = asyncio.create_task(run())
    await begun.wait()
    await end_task(task)
    assert task.done()
