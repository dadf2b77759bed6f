"""`latido review`: search the log for what teaches, and export what two people agreed on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import Engine

from latido.console.audit.log import record
from latido.console.review.exporting import TESTS, Places, agreed, export_of
from latido.console.review.queue import COUNTED_TO, collect_all, counts
from latido.console.review.report import figures
from latido.console.review.rules.nlu_files import Plan
from latido.console.review.rules.score import Report, Share
from latido.console.review.store import TRAINING
from latido.console.review.telling import StoryRefused, resident_of, tell

WHOLE_LOG_PIECE = 5000
UNCONFIRMED = "nobody has confirmed {count} of these wordings: read them before you commit them"
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


def review_group(open_engine: Callable[[], Engine]) -> click.Group:
    """The group; `open_engine` connects to Latido's database when a command needs it."""

    @click.group()
    def review() -> None:
        """What operators say that messages meant, and the training data it becomes."""

    @review.command("collect")
    def collect_() -> None:
        """Search the log for messages worth a look, now; workers do it by themselves every few seconds."""
        click.echo(_collected(open_engine()))

    @review.command("export")
    @click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only what was approved since this day, UTC.")
    @click.option("--into", type=_FOLDER, default=TRAINING, help="The training data.  [default: data/nlu]")
    @click.option("--tests", type=_FOLDER, default=TESTS, help="Where the frozen fifth goes.  [default: tests/nlu]")
    @click.option("--dry-run", is_flag=True, help="Only print the diff.")
    def export_(since: datetime | None, into: Path, tests: Path, dry_run: bool) -> None:
        """Add what two people approved to the training data and to the test set; prints the diff."""
        engine = open_engine()
        with engine.begin() as connection:
            since_utc = since.replace(tzinfo=UTC) if since else None
            made = export_of(agreed(connection, since_utc), Places(into, tests))
            if not dry_run:
                count = len(made.plan.trained) + len(made.plan.kept_for_tests)
                record(connection, None, "review_exported", count=count)
        click.echo(made.diff, nl=False)
        if not dry_run:
            made.write()
        click.echo(_in_words(made.plan, dry_run), err=True)

    @review.command("story")
    @click.argument("prefix")
    @click.option("--from", "first", type=click.IntRange(min=1), required=True, help="The first message's number.")
    @click.option("--to", "last", type=click.IntRange(min=1), required=True, help="The last message's number.")
    def story_(prefix: str, first: int, last: int) -> None:
        """Print a stretch of a conversation as a Rasa test story; PREFIX is the beginning of the resident's key."""
        try:
            with open_engine().begin() as connection:
                key = resident_of(connection, prefix)
                told = tell(connection, key, first, last)
                record(connection, None, "review_story", key, entries=last - first + 1)
        except StoryRefused as refusal:
            raise click.ClickException(str(refusal)) from refusal
        click.echo(told.yaml, nl=False)
        if told.unconfirmed:
            click.echo(UNCONFIRMED.format(count=told.unconfirmed), err=True)

    @review.command("report")
    @click.option("--model", default=None, help="Of this model; empty: of all.  [default: the newest]")
    def report_(model: str | None) -> None:
        """How well the model had understood what two people agreed on; 95 % intervals, nothing of fewer than ten."""
        with open_engine().connect() as connection:
            found = figures(connection, model)
        click.echo(f"model {found.model or '(all)'}")
        click.echo("\n".join(_report_lines(found.report)))

    return review


def _collected(engine: Engine) -> str:
    """Search the whole log, and say what was found."""
    looked_at = collect_all(engine, WHOLE_LOG_PIECE)
    with engine.connect() as connection:
        waiting = counts(connection)["new"]
    shown = f"more than {COUNTED_TO}" if waiting > COUNTED_TO else str(waiting)
    return f"{looked_at} messages looked at; {shown} wait to be reviewed"


def _report_lines(told: Report) -> Iterator[str]:
    for title, shares in (
        ("", [told.at_random, told.overall, told.emergencies, told.false_alarms]),
        ("by intent", told.by_intent),
        ("by reason", told.by_reason),
        ("by model", told.by_model),
        ("by week", told.by_week),
    ):
        yield f"\n{title}".rstrip()
        yield from map(_line, shares)
    for pair in told.pairs:
        yield f"{pair.count:>6}  {pair.intent} taken for {pair.predicted or 'nothing'}"
    for entity in told.entities:
        yield f"{entity.kind}: precision {_line(entity.precision)}; recall {_line(entity.recall)}"


def _line(one: Share) -> str:
    if one.shown is None:
        return f"{one.name:<28} too few"
    shown = one.shown
    return f"{one.name:<28} {shown.point:.1%} ({shown.low:.1%} to {shown.high:.1%}) of {one.of}"


def _in_words(plan: Plan, dry_run: bool) -> str:
    trained, kept = len(plan.trained), len(plan.kept_for_tests)
    lines = [
        f"{'would be added' if dry_run else 'added'}: {trained} to train on, {kept} to judge by; "
        f"{len(plan.known)} known already, {len(plan.not_learned)} not learned from text"
    ]
    lines += [
        f"left out, message {one.message_id}: reviewed as {one.intent}, but its wording stands under {other} already"
        for one, other in plan.conflicts
    ]
    return "\n".join(lines)
