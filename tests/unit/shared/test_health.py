import asyncio

from shared.health import Readiness


async def _well() -> None:
    return None


async def _broken() -> str | None:
    raise ConnectionError("refused")


async def _reason() -> str | None:
    return "no model"


async def test_ready_when_each_check_says_so() -> None:
    readiness = Readiness("feature")
    readiness.add("kafka", _well)
    report = await readiness.report()
    assert report.ready
    assert report.checks == {"kafka": "ok"}


async def test_each_reason_is_named_and_a_crash_is_a_reason() -> None:
    readiness = Readiness("feature")
    readiness.add("kafka", _broken)
    readiness.add("model", _reason)
    report = await readiness.report()
    assert not report.ready
    assert report.checks == {"kafka": "ConnectionError: refused", "model": "no model"}


async def test_a_check_that_hangs_is_a_reason() -> None:
    async def hangs() -> str | None:
        await asyncio.Event().wait()
        return None

    readiness = Readiness("feature")
    readiness.add("kafka", hangs)
    assert "no answer" in (await readiness.report()).checks["kafka"]


async def test_a_note_is_told_and_costs_no_readiness() -> None:
    readiness = Readiness("feature")
    readiness.note("gap", "12 records")
    readiness.note("gap", "15 records")
    report = await readiness.report()
    assert report.ready
    assert report.notes == {"gap": "15 records"}
    readiness.note("gap", None)
    readiness.note("another", None)
    assert (await readiness.report()).notes == {}


async def test_who_leaves_is_not_ready_and_works_on_for_the_grace() -> None:
    readiness = Readiness("feature")
    readiness.add("kafka", _well)
    leaving = asyncio.create_task(readiness.leave(0.05))
    await asyncio.sleep(0)
    report = await readiness.report()
    assert not report.ready
    assert report.checks == {"kafka": "ok", "process": "stopping"}
    assert not leaving.done()
    await leaving
