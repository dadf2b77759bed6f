"""What a run amounts to: everything that was due, everything that was said, and whatever no rule explains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.reminder_year.diary import Diary, Outage
from benchmarks.reminder_year.lists import unlisted, wrong_lists
from benchmarks.reminder_year.missing import Judge
from benchmarks.reminder_year.stories import stories
from benchmarks.reminder_year.tips import wrong_tips
from benchmarks.reminder_year.wrongs import Violation, wrongs

SAID = "said in time"


@dataclass
class Judgement:
    """A whole run, of one town or of several."""

    seed: int
    days: int
    residents: int = 0
    events: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    alerts: Counter[str] = field(default_factory=Counter)
    shown: Counter[str] = field(default_factory=Counter)
    by_month: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    outages: list[Outage] = field(default_factory=list)
    waited: list[int] = field(default_factory=list)
    templates: int = 0
    seconds: float = 0.0
    stops: int = 0
    violations: list[str] = field(default_factory=list)

    def due(self, kind: str) -> int:
        """How many of a kind were due."""
        return sum(self.outcomes[kind].values())

    def summary(self) -> str:
        """A few lines for whoever ran it; each violation with what shows it again."""
        lines = [
            f"{self.residents} residents, {self.days} days, seed {self.seed}: "
            f"{sum(self.shown.values())} reminders shown, {len(self.violations)} violations, {self.seconds:.0f} s"
        ]
        for kind, outcomes in self.outcomes.items():
            others = ", ".join(f"{number} {what}" for what, number in outcomes.most_common())
            lines.append(f"  {kind}: {self.due(kind)} due: {others}")
        return "\n".join([*lines, *self.violations])


def judged(diaries: Sequence[Diary]) -> Judgement:
    """Judge every town by its diary, and add them up."""
    first = diaries[0]
    whole = Judgement(first.seed, (first.end - first.start).days, outages=first.outages)
    for diary in diaries:
        _add(whole, diary)
    return whole


def _add(whole: Judgement, diary: Diary) -> None:
    whole.residents += diary.residents
    whole.seconds += diary.seconds
    whole.stops += diary.stops
    whole.events += diary.events()
    whole.faults, whole.rows, whole.alerts = (
        whole.faults + diary.faults,
        whole.rows + diary.rows,
        whole.alerts + diary.alerts,
    )
    for heard in diary.heard:
        if heard.is_shown:
            whole.shown[heard.name] += 1
            whole.by_month[f"{heard.at:%Y-%m}"] += 1
            whole.templates += heard.is_template
        else:
            whole.refused[str(heard.error)] += 1
    _judge(whole, diary)


def _judge(whole: Judgement, diary: Diary) -> None:
    lived = stories(diary)
    judge = Judge(diary, lived)
    found: list[Violation] = [*wrongs(diary, lived), *wrong_tips(diary, lived), *judge.missing()]
    found += [*wrong_lists(diary, lived), *unlisted(diary, lived, judge)]
    whole.violations += [f"seed {diary.seed}, {each}" for each in sorted(found, key=lambda each: each.at)]
    whole.violations += [f"seed {diary.seed}: unsettled at the end: {each}" for each in diary.unsettled]
    whole.waited += judge.tally.days_waited
    for kind, outcomes in judge.tally.outcomes.items():
        whole.outcomes.setdefault(kind, Counter()).update(outcomes)
