"""What operators see and do with campaigns (`latido.console.campaigns.desk`); whatever is done is audited."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from latido.campaigns import life, preview
from latido.campaigns.drafts import Draft, DraftInvalid, checked, filled, needs_content, notice_templates
from latido.campaigns.parts import Campaigns
from latido.campaigns.places import official_neighbourhoods
from latido.campaigns.results import Results as Counted
from latido.campaigns.results import results_of
from latido.campaigns.rules.counts import share, shown
from latido.campaigns.rules.deciding import days_needed
from latido.campaigns.rules.segment import SegmentInvalid, segment_from
from latido.campaigns.tables import campaign
from latido.care.errors import HealthServiceUnavailable
from latido.console.audit.log import record
from latido.console.campaigns.desk import (
    Bubbles,
    Campaign,
    Choices,
    DeskRefusal,
    Form,
    FormWrong,
    Notice,
    Preview,
    Results,
    Step,
    Summary,
)
from latido.console.tables import operator
from latido.messaging.templates.model import VARIABLE, Template

SHOWN = 100
BEGUN = ("running", "paused", "done", "cancelled")
STEPS: tuple[Step, ...] = ("propose", "approve", "reject", "pause", "resume", "cancel")
OF_ANOTHER = ("approve", "reject")


@dataclass(frozen=True)
class Desk:
    """The pages' way to campaigns."""

    open_campaigns: Callable[[], Campaigns]

    @property
    def campaigns(self) -> Campaigns:
        """Built when a page of campaigns is first opened: the rest of the console needs none of it."""
        return self.open_campaigns()

    def choices(self) -> Choices:
        """What a form offers."""
        directory = self.campaigns.care.directory
        named = official_neighbourhoods(directory)
        return Choices(
            notices=tuple(_notice(each) for each in notice_templates().values()),
            neighbourhoods={each.slug: each.name for each in named},
            communes=tuple(sorted({each.commune for each in named})),
            centers={number: each.name for number, each in sorted(directory.centers.items())},
        )

    def every(self) -> Sequence[Summary]:
        """All campaigns, the newest first."""
        with self.campaigns.care.engine.connect() as connection:
            rows = connection.execute(select(campaign).order_by(campaign.c.id.desc()).limit(SHOWN)).all()
            return [self._summary(connection, row) for row in rows]

    def one(self, campaign_id: int, operator_id: int) -> Campaign:
        """One campaign as this operator sees it. DeskRefusal."""
        with self.campaigns.care.engine.connect() as connection:
            row = connection.execute(select(campaign).where(campaign.c.id == campaign_id)).first()
            if row is None:
                raise DeskRefusal("unknown", 404)
            names = _names(connection, row)
            summary = self._summary(connection, row)
        is_hers = operator_id in (row.made_by, row.proposed_by)
        return Campaign(
            summary=summary,
            form=_form(row),
            revision=row.revision,
            made_by=names[row.made_by],
            proposed_by=names.get(row.proposed_by),
            approved_by=names.get(row.approved_by),
            is_hers=is_hers,
            needs_content=row.template in notice_templates() and needs_content(row.template),
            preview=_preview(row.preview, row.daily_cap),
            bubbles=_bubbles(row.template, row.variables),
            steps=frozenset(
                step for step in STEPS if row.state in life.FROM[step] and not (is_hers and step in OF_ANOTHER)
            )
            | ({"change"} if row.state in life.FROM["change"] else set()),
        )

    def keep(self, operator_id: int, form: Form, campaign_id: int | None) -> int:
        """Write a new draft, or one anew; returns its number. FormWrong, DeskRefusal."""
        draft, now = self._draft(form), self.campaigns.care.now()
        try:
            with self.campaigns.care.engine.begin() as connection:
                if campaign_id is None:
                    campaign_id = life.write(connection, draft, operator_id, now)
                else:
                    life.change(connection, campaign_id, draft, operator_id, now)
                record(connection, operator_id, "campaign_written", None, campaign=campaign_id)
        except life.CampaignRefused as refusal:
            raise _refused(refusal) from refusal
        return campaign_id

    def look(self, form: Form) -> Bubbles:
        """How its notice would look. FormWrong."""
        draft = self._draft(form)
        return _bubbles(draft.template, draft.variables)

    def count(self, operator_id: int, campaign_id: int) -> None:
        """Count its segment as things are now. DeskRefusal."""
        care = self.campaigns.care
        with care.engine.connect() as connection:
            row = connection.execute(select(campaign).where(campaign.c.id == campaign_id)).first()
        if row is None:
            raise DeskRefusal("unknown", 404)
        try:
            segment = segment_from(row.segment)
            counts = preview.count(self.campaigns, segment, needs_content(row.template))
        except HealthServiceUnavailable as error:
            raise DeskRefusal("away", 503) from error
        kept = {"preview": {**counts.as_json(), "at": care.now().isoformat()}}
        with care.engine.begin() as connection:
            this = (campaign.c.id == campaign_id, campaign.c.revision == row.revision)
            connection.execute(update(campaign).where(*this).values(kept))
            record(connection, operator_id, "campaign_counted", None, campaign=campaign_id)

    def take(self, operator_id: int, campaign_id: int, step: Step, revision: int, reason: str) -> None:
        """Take a step. DeskRefusal."""
        now = self.campaigns.care.now()
        try:
            with self.campaigns.care.engine.begin() as connection:
                _take(connection, operator_id, campaign_id, step, revision, reason, now)
                details = {"campaign": campaign_id} | ({"words": reason} if reason else {})
                record(connection, operator_id, f"campaign_{step}", None, **details)
        except life.CampaignRefused as refusal:
            raise _refused(refusal) from refusal

    def _draft(self, form: Form) -> Draft:
        days = (form.daily_cap, form.first_day, form.last_day)
        try:
            draft = Draft(form.name, segment_from(form.segment), form.template, form.variables, *days)
            return checked(draft, preview.today_of(self.campaigns))
        except (DraftInvalid, SegmentInvalid) as error:
            raise FormWrong(error.field) from error

    def _summary(self, connection: Connection, row: Row[Any]) -> Summary:
        counted = results_of(self.campaigns, connection, row.id) if row.state in BEGUN and row.started_at else None
        known = notice_templates().get(row.template)
        title = known.notice.title if known and known.notice else row.template
        days = (row.daily_cap, row.first_day, row.last_day)
        return Summary(row.id, row.name, title, row.state, row.reason, *days, _results(counted) if counted else None)


def _take(
    connection: Connection, operator_id: int, campaign_id: int, step: Step, revision: int, reason: str, now: datetime
) -> None:
    if step == "propose":
        life.propose(connection, campaign_id, operator_id, now)
    elif step == "approve":
        life.approve(connection, campaign_id, operator_id, revision, now)
    elif step == "reject":
        life.reject(connection, campaign_id, operator_id, reason, now)
    elif step == "pause":
        life.pause(connection, campaign_id, reason, now)
    elif step == "resume":
        life.resume(connection, campaign_id, now)
    else:
        life.cancel(connection, campaign_id, reason, now)


def _refused(refusal: life.CampaignRefused) -> DeskRefusal:
    return DeskRefusal(refusal.reason, 404 if refusal.reason == "unknown" else 409)


def _names(connection: Connection, row: Row[Any]) -> dict[int, str]:
    ids = [each for each in (row.made_by, row.proposed_by, row.approved_by) if each is not None]
    query = select(operator.c.id, operator.c.username).where(operator.c.id.in_(ids))
    return {each.id: each.username for each in connection.execute(query)}


def _form(row: Row[Any]) -> Form:
    days = (row.daily_cap, row.first_day, row.last_day)
    return Form(row.name, row.segment, row.template, row.variables, *days)


def _notice(template: Template) -> Notice:
    use = template.notice
    if use is None:
        raise ValueError(f"{template.name} is no template for campaigns")
    needs = template.needs | frozenset(template.outside.variables)
    return Notice(template.name, use.title, use.asks, needs, use.about, needs_content(template.name))


def _bubbles(name: str, variables: Mapping[str, str]) -> Bubbles:
    """Both wordings with these values; a template that is gone is said as such by its name alone."""
    template = notice_templates().get(name)
    if template is None:
        return Bubbles(name, (), name, ())
    outside = VARIABLE.sub(lambda found: variables.get(found[1], ""), template.outside.body)
    titles = tuple(each.title for each in template.outside.buttons)
    reply = filled(name, variables, 0)
    return Bubbles(outside, titles, reply.text, tuple(each.title for each in reply.buttons))


def _preview(kept: Mapping[str, Any] | None, daily_cap: int) -> Preview | None:
    if kept is None:
        return None
    may = shown(kept["may"])
    return Preview(
        belong=shown(kept["belong"]),
        may=may,
        later=shown(kept["later"]),
        why_not={reason: shown(number) for reason, number in kept["why_not"].items()},
        days=days_needed(may, daily_cap) if may is not None else None,  # by what is shown: no way back to the number
        at=datetime.fromisoformat(kept["at"]),
    )


def _results(counted: Counted) -> Results:
    names = ("chosen", "waiting", "sent", "failed", "delivered", "read", "answered", "booked", "opted_out")
    counts = {name: shown(getattr(counted, name)) for name in names}
    left_out = {reason: shown(number) for reason, number in counted.left_out.items()}
    return Results(**counts, left_out=left_out, tenths=share(counted.done, counted.chosen))
