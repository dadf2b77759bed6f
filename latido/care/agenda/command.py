"""`latido agenda`: load a centre's agenda, or make one up for a demonstration."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from pathlib import Path

import click

from latido.care.agenda.demo import demo_slots
from latido.care.agenda.slots import LARGEST_IMPORT, Report, store_agenda
from latido.care.agenda.table import COLUMNS, read_table
from latido.care.places.directory import Directory, load_directory
from latido.care.services import BUENOS_AIRES
from latido.fhir.client import FhirClient

# The group's `obj`: opens a client to the FHIR server of the settings, set by the command line that holds the group.
OpenFhir = Callable[[], AbstractContextManager[FhirClient]]


class AgendaRefused(click.ClickException):
    """The file was not imported; the message lists every fault."""


@click.group()
def agenda() -> None:
    """The agendas of the centres: what can be booked."""


@agenda.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def import_file(open_fhir: OpenFhir, file: Path) -> None:
    """Load the free times in FILE, a CSV with the columns of docs/care.md. Loading it again changes nothing."""
    with open_fhir() as fhir:
        report = import_agenda(fhir, load_directory(), _text(file), datetime.now(UTC))
    click.echo(f"{report.created} slots created, {report.kept} were there already, 0 refused.")


@agenda.command()
@click.option("--from", "first_day", type=click.DateTime(["%Y-%m-%d"]), help="First day (default: today).")
@click.option("--weeks", type=click.IntRange(1, 26), default=4, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed makes other agendas.")
@click.pass_obj
def demo(open_fhir: OpenFhir, first_day: datetime | None, weeks: int, seed: int) -> None:
    """Make a plausible agenda of each service, marked as demo data. Never for production."""
    directory = load_directory()
    with open_fhir() as fhir:
        report = make_demo(fhir, directory, first_day.date() if first_day else None, weeks, seed)
    click.echo(f"{report.created} demo slots created, {report.kept} were there already.")


def import_agenda(fhir: FhirClient, directory: Directory, text: str, now: datetime) -> Report:
    """Store the agenda of a CSV text; AgendaRefused with every fault and nothing stored if it has any."""
    slots, faults = read_table(text, directory.centers, now)
    if not slots and not faults:
        raise AgendaRefused(f"the file has no lines: under the header {','.join(COLUMNS)} write one per block of time")
    if faults:
        raise AgendaRefused(_refusal([str(fault) for fault in faults]))
    if len(slots) > LARGEST_IMPORT:
        raise AgendaRefused(f"the file makes {len(slots)} slots, more than {LARGEST_IMPORT}: split it into two files")
    report = store_agenda(fhir, directory, slots, per_transaction=LARGEST_IMPORT)
    if report.clashes:
        raise AgendaRefused(
            _refusal(
                f"line {clash.slot.line}, column from: another slot is stored at that time ({clash.stored_id}); "
                "change the time or remove the line"
                for clash in report.clashes
            )
        )
    return report


def make_demo(
    fhir: FhirClient, directory: Directory, first_day: date | None = None, weeks: int = 4, seed: int = 1
) -> Report:
    """Store a made-up agenda from `first_day` (default: today) for `weeks` weeks; what is stored stays."""
    day = first_day or datetime.now(BUENOS_AIRES).date()
    slots = demo_slots(directory, day, weeks, seed)
    report = store_agenda(fhir, directory, slots, demo=True)
    if not report.clashes:
        return report
    clashing = {clash.slot for clash in report.clashes}
    return store_agenda(fhir, directory, [slot for slot in slots if slot not in clashing], demo=True)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise AgendaRefused(f"{file.name} is not UTF-8: save it as CSV UTF-8") from None


def _refusal(lines: Iterable[str]) -> str:
    found = list(lines)
    shown = "\n".join(f"  {line}" for line in found[:50])
    more = f"\n  … and {len(found) - 50} more" if len(found) > 50 else ""
    return f"nothing was imported: {len(found)} faults\n{shown}{more}"
