"""When residents do things: by their lives, and upon what their phones show. Each throws her own dice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial

from benchmarks.reminder_year.diary import Heard
from benchmarks.reminder_year.lives import day
from benchmarks.reminder_year.neighbours import Neighbour, Visit
from benchmarks.reminder_year.town import CENTERS
from latido.care.services import BUENOS_AIRES

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Action = Callable[[], None]
At = Callable[[datetime, Neighbour, Action], None]
"""Has an action done at a moment, or as soon after it as that is possible."""

BOOKS = {"book": 0.55, "book_again": 0.5, "offer": 0.5}
WENT_SOMEWHERE = {"tell": 0.3, "book": 0.05}


def lives(neighbour: Neighbour, at: At) -> None:
    """Put all that her life holds on the calendar."""
    life, dice = neighbour.life, neighbour.dice

    def on(number: int | None, action: Action) -> None:
        if number is not None:
            at(_moment(neighbour, number, dice.randrange(8, 22), dice.choice((0, 30))), neighbour, action)

    on(life.arrives_on, partial(_arrives, neighbour, at))
    on(life.corrected_on, neighbour.corrects)
    on(life.lost_on, neighbour.loses_it)
    if life.takes_loss_back and life.lost_on is not None:
        on(life.lost_on + dice.randrange(1, 6), neighbour.takes_loss_back)
    if life.is_pregnant and life.born_on is not None and life.tells_birth_after is not None:
        on(life.born_on + life.tells_birth_after, neighbour.gives_birth)
    on(life.stops_on, neighbour.stops)
    on(life.starts_on, neighbour.starts)
    on(life.forgets_on, neighbour.forgets)
    on(life.blocked_on, partial(neighbour.blocks, True))
    on(life.unblocked_on, partial(neighbour.blocks, False))


def _moment(neighbour: Neighbour, number: int, hour: int, minute: int) -> datetime:
    first = neighbour.diary.start.astimezone(BUENOS_AIRES).date()
    return datetime.combine(day(first, number), time(hour, minute), BUENOS_AIRES)


def _arrives(neighbour: Neighbour, at: At) -> None:
    neighbour.center = neighbour.dice.choice(CENTERS)
    neighbour.agrees()
    at(neighbour.now, neighbour, neighbour.tells_pregnancy if neighbour.life.is_pregnant else neighbour.tells_child)
    if neighbour.dice.random() < 0.3:
        role = "self" if neighbour.life.is_pregnant else "child-1"
        at(neighbour.now + HOUR, neighbour, partial(_books, neighbour, at, role, neighbour.fresh()))


def hears(neighbour: Neighbour, at: At, heard: Heard, reminder: int) -> None:
    """What she does upon a reminder on her screen, some hours or days later."""
    dice = neighbour.dice
    soon = _awake(heard.at + dice.choice((0.5, 1, 2, 5, 9, 20, 30, 50)) * HOUR)
    if dice.random() < 0.03 and heard.name in ("book", "tell", "confirm"):
        at(soon, neighbour, partial(neighbour.asks_again, reminder, heard.step, dice.randrange(2, 6)))
    elif dice.random() < BOOKS.get(heard.name, 0.0):
        at(soon, neighbour, partial(_books, neighbour, at, heard.role, neighbour.fresh()))
    elif dice.random() < WENT_SOMEWHERE.get(heard.name, 0.0):
        at(soon, neighbour, partial(neighbour.answers, reminder, "went", heard.role, heard.codes))
    elif heard.name in ("confirm", "remind", "after"):
        visit = next((each for each in neighbour.visits if each.appointment == heard.appointment), None)
        if visit is not None and visit.stands:
            _answers_about(neighbour, at, heard, reminder, visit, soon)


def _answers_about(neighbour: Neighbour, at: At, heard: Heard, reminder: int, visit: Visit, soon: datetime) -> None:
    chance = neighbour.dice.random()
    if heard.name == "after":
        if visit.went and chance < 0.5:
            at(soon, neighbour, partial(neighbour.answers, reminder, "went", heard.role, heard.codes))
        elif visit.went is False and chance < 0.7:
            at(soon, neighbour, _if_it_stands(visit, partial(neighbour.says_not_went, visit)))
    elif heard.name == "confirm" and chance < 0.55:
        at(soon, neighbour, _if_it_stands(visit, partial(neighbour.confirms, visit)))
    elif chance < 0.63:
        at(soon, neighbour, _if_it_stands(visit, partial(neighbour.cancels, visit)))
    elif chance < 0.75:
        at(soon, neighbour, _if_it_stands(visit, partial(_moves, neighbour, at, visit, neighbour.fresh())))


def _if_it_stands(visit: Visit, action: Action) -> Action:
    return lambda: action() if visit.stands else None


def _awake(moment: datetime) -> datetime:
    local = moment.astimezone(BUENOS_AIRES)
    return local if 8 <= local.hour < 22 else local.replace(hour=9, minute=0) + (DAY if local.hour >= 22 else 0 * DAY)


def _books(neighbour: Neighbour, at: At, role: str, key: str) -> None:
    """Some day of the next two weeks, at her centre or, sometimes, at another one from now on."""
    if role not in neighbour.roles or any(each.stands and each.role == role for each in neighbour.visits):
        return
    neighbour.says("quiero un turno")
    if neighbour.dice.random() < 0.08:
        neighbour.center = neighbour.dice.choice(CENTERS)
    slot = _takes(neighbour, neighbour.roles[role])
    if slot is not None:
        at(neighbour.now, neighbour, lambda: _comes_to(neighbour, at, neighbour.books(role, slot, key)))


def _moves(neighbour: Neighbour, at: At, visit: Visit, key: str) -> None:
    slot = _takes(neighbour, visit.service)
    if slot is not None and visit.start > neighbour.now:
        at(neighbour.now, neighbour, _if_it_stands(visit, lambda: _moved(neighbour, at, visit, slot, key)))


def _moved(neighbour: Neighbour, at: At, visit: Visit, slot: tuple[int, datetime], key: str) -> None:
    _comes_to(neighbour, at, neighbour.moves(visit, slot, key))


def _takes(neighbour: Neighbour, service: str) -> tuple[int, datetime] | None:
    """A free time that nobody else takes, some days from now."""
    by_day = neighbour.town.free[neighbour.center, service]
    first = neighbour.today + neighbour.dice.choice((1, 2, 3, 4, 6, 8, 10, 13, 17)) * DAY
    for number in range(10):
        times = by_day.get(first + number * DAY)
        if times:
            return neighbour.center, times.pop(neighbour.dice.randrange(len(times)))
    return None


def _comes_to(neighbour: Neighbour, at: At, visit: Visit) -> None:
    """What will come of an appointment, if it still stands by then."""
    if neighbour.dice.random() < 0.02 and visit.start - neighbour.now > 2 * DAY:
        by_desk = _if_it_stands(visit, partial(neighbour.desk_sets, visit, "cancelled"))
        at(visit.start - DAY * neighbour.dice.random(), neighbour, by_desk)
    at(visit.start + HOUR, neighbour, _if_it_stands(visit, partial(_is_over, neighbour, at, visit)))
    if neighbour.dice.random() < 0.04:
        walked_in = visit.start + neighbour.dice.randrange(4, 40) * DAY
        start = walked_in - HOUR
        at(walked_in, neighbour, lambda: _walks_in(neighbour, visit, start))


def _walks_in(neighbour: Neighbour, visit: Visit, start: datetime) -> None:
    if visit.role in neighbour.roles:
        neighbour.is_seen(visit.role, visit.service, start)


def _is_over(neighbour: Neighbour, at: At, visit: Visit) -> None:
    """She went or she did not, and the desk writes it down hours later, or never."""
    dice = neighbour.dice
    visit.went = dice.random() < 0.8
    later, chance = neighbour.now + dice.randrange(1, 40) * HOUR, dice.random()
    if visit.went and chance < 0.7:
        at(later, neighbour, _if_it_stands(visit, partial(_is_written_down, neighbour, visit)))
    elif visit.went and chance < 0.93:
        start = visit.start + dice.randrange(-50, 45) * timedelta(minutes=1)
        at(later, neighbour, partial(neighbour.is_seen, visit.role, visit.service, start))
        visit.stands = False
    elif visit.went is False and chance < 0.6:
        at(later, neighbour, _if_it_stands(visit, partial(neighbour.desk_sets, visit, "noshow")))
    else:
        at(later + 5 * DAY, neighbour, partial(setattr, visit, "stands", False))


def _is_written_down(neighbour: Neighbour, visit: Visit) -> None:
    neighbour.desk_sets(visit, "fulfilled")
    visit.stands = False
