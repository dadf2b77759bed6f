"""One turn at a time for each resident, in order, at once."""

from __future__ import annotations

import asyncio

import pytest

from bot.conversation_locks import ConversationLocks


async def test_turns_of_one_resident_happen_one_after_the_other_in_order():
    locks, done, inside = ConversationLocks(), [], []

    async def turn(number: int) -> None:
        async with locks.lock("ana"):
            inside.append(number)
            assert len(inside) == 1
            await asyncio.sleep(0)
            inside.remove(number)
            done.append(number)

    await asyncio.gather(*(turn(number) for number in range(20)))
    assert done == list(range(20))
    assert locks.waiting("ana") == 0


async def test_residents_do_not_wait_for_each_other():
    locks = ConversationLocks()
    async with locks.lock("ana"), locks.lock("bea"):
        assert locks.waiting("bea") == 1


async def test_who_gives_up_waiting_does_not_block_those_behind():
    locks, entered = ConversationLocks(), asyncio.Event()

    async def waiter() -> None:
        async with locks.lock("ana"):
            entered.set()

    async with locks.lock("ana"):
        gone, stays = asyncio.create_task(waiter()), asyncio.create_task(waiter())
        await asyncio.sleep(0)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
    await stays
    assert entered.is_set()
    assert locks.waiting("ana") == 0


async def test_a_failed_turn_lets_the_next_in():
    locks = ConversationLocks()
    with pytest.raises(RuntimeError):
        async with locks.lock("ana"):
            raise RuntimeError
    async with locks.lock("ana"):
        assert locks.waiting("ana") == 1
