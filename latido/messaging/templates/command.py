"""`latido templates`: check the files, submit them to WhatsApp, see what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import Engine

from latido.messaging.provider import SendProblem
from latido.messaging.templates.model import Template
from latido.messaging.templates.pushing import Pushing, TemplateHost, current, refresh
from latido.messaging.templates.reading import FOLDER, TemplateUnreadable, read_templates, read_words
from latido.messaging.templates.rules import problems
from latido.messaging.templates.store import APPROVED, Version, versions

SAID = {"made": "submitted", "found": "found at Twilio", "unchanged": "there already"}

_folder = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=FOLDER,
    help="Where the files are.",
    hidden=True,
)


def templates_group(open_host: Callable[[], tuple[Engine, TemplateHost]]) -> click.Group:
    """The group; `open_host` connects to the database and to Twilio when a command needs them."""

    @click.group()
    def templates() -> None:
        """The messages that may be sent when she has not written for 24 hours (data/templates)."""

    @templates.command()
    @_folder
    def check(folder: Path) -> None:
        """Check every file against Twilio's, Meta's and our own rules; needs no account. Exit code 1: a problem."""
        checked = _checked(folder)
        click.echo(f"{len(checked)} templates, nothing to object to")

    @templates.command()
    @_folder
    def push(folder: Path) -> None:
        """Submit what is new or changed to WhatsApp for approval. May be run again at any time."""
        files = _checked(folder)
        engine, host = open_host()
        refused = push_all(files, engine, host, click.echo)
        if refused:
            raise click.ClickException(f"{refused} of {len(files)} templates were not submitted; what was, stays")

    @templates.command()
    @_folder
    def status(folder: Path) -> None:
        """Ask WhatsApp which versions are approved, and show the reasons for those that are not."""
        files = _checked(folder)
        engine, host = open_host()
        with _problems():
            known = refresh(engine, host, _now)
        for line in table(files, known):
            click.echo(line)

    return templates


def push_all(files: list[Template], engine: Engine, host: TemplateHost, say: Callable[[str], object]) -> int:
    """Push every template, saying what came of each; returns how many Twilio refused."""
    pushing, refused = Pushing(engine, host, _now), 0
    for template in files:
        try:
            done = pushing.push(template)
        except SendProblem as problem:
            refused += 1
            say(f"{template.label:<28} not submitted: {_why(problem)}")
        else:
            say(f"{done.version.content_name:<28} {SAID[done.how]}, {done.version.approval.status}")
    return refused


def approve_all(engine: Engine, host: TemplateHost) -> str:
    """Push the files of this installation and ask what came of it, for a demo; says how many are approved."""
    files = read_templates(FOLDER)
    push_all(files, engine, host, lambda line: None)
    approved = sum(each.approval.status == "approved" for each in refresh(engine, host, _now))
    return f"{approved} of {len(files)} message templates approved"


def none_approved(engine: Engine) -> str | None:
    """What to do where no template is approved, for then nobody can be reminded outside the 24 hours; else None."""
    with engine.connect() as connection:
        known = versions(connection)
    if any(each.approval.status == APPROVED for each in known):
        return None
    how = "`latido templates status` shows why" if known else "run `latido templates push`"
    return f"no message template is approved: who has not written for 24 hours cannot be reminded; {how}"


def refresh_statuses(engine: Engine, host: TemplateHost) -> None:
    """Ask WhatsApp about every version, if there is one."""
    with engine.connect() as connection:
        if not versions(connection):
            return
    refresh(engine, host, _now)


def table(files: list[Template], known: list[Version]) -> Iterator[str]:
    """One line a version, and one for each file that was never pushed."""
    yield f"{'name':<28} {'language':<9} {'status':<12} {'category':<10} why not"
    for each in known:
        now = any(current([each], template) for template in files)
        why = each.approval.rejection_reason or ("" if now else "the file says something else now")
        row = f"{each.content_name:<28} {each.definition.language:<9} {each.approval.status:<12} "
        yield f"{row}{each.approval.category:<10} {why}".rstrip()
    for template in files:
        if current(known, template) is None:
            yield f"{template.label:<28} {template.language:<9} {'not pushed':<12} {template.category}"


def _checked(folder: Path) -> list[Template]:
    """The templates of the files; a problem of any of them ends the command."""
    try:
        files = read_templates(folder)
    except TemplateUnreadable as error:
        raise click.ClickException(str(error)) from error
    found = problems(files, read_words())
    for problem in found:
        click.echo(problem, err=True)
    if found:
        raise click.ClickException(f"{len(found)} problems in {folder}")
    return files


@contextmanager
def _problems() -> Iterator[None]:
    try:
        yield
    except SendProblem as problem:
        raise click.ClickException(_why(problem)) from problem


def _why(problem: SendProblem) -> str:
    """A problem in words for whoever runs the command."""
    text = f"{type(problem).__name__}, {problem}"
    if "401" in text or "20003" in text:
        return f"Twilio does not accept the credentials ({text}): check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"
    return f"Twilio says {text}; what the code means is at twilio.com/docs/api/errors"


def _now() -> datetime:
    return datetime.now(UTC)
