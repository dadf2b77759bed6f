"""The page docs/nlu-report.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from benchmarks.nlu_report.data import FOLDS, ROOT, Example, unseen_folder
from benchmarks.nlu_report.measure import Measured
from benchmarks.nlu_report.scores import (
    Guess,
    accuracy,
    calibration_error,
    confusions,
    f1_by_intent,
    macro_f1,
    reliability,
)

WORST, CONFUSED = 12, 15


@dataclass(frozen=True)
class Findings:
    """Everything that the page tells."""

    day: date
    machine: str
    examples: Sequence[Example]
    own: Measured
    stock: Measured | None
    whole: Measured
    milliseconds: dict[str, float]
    alarms: dict[str, tuple[float, float]]
    urgent: tuple[int, int]
    not_understood: tuple[int, int]
    left_out: int


def page(found: Findings) -> str:
    """The page as Markdown."""
    parts = [_opening(found), _summary(found), _cost(found), _danger(found), _worst(found), _calibration(found)]
    return "\n\n".join(parts) + "\n"


def _opening(found: Findings) -> str:
    intents = Counter(example.intent for example in found.examples)
    smallest, size = min(intents.items(), key=lambda pair: pair[1])
    return f"""# How well Latido understands

Written by `make nlu-report` on {found.day}, on {found.machine}. Trained on {len(found.examples)} examples of \
{len(intents)} intents (fewest: `{smallest}`, {size}); cross-validation is stratified, {FOLDS} folds. The test set is
`{unseen_folder().relative_to(ROOT)}`: {len(found.own.test)} sentences; {found.left_out} more are left out, whose
very words stand in the training data. More in [nlu.md](nlu.md).

- **Latido's classifier**: the pipeline of `config.yml` up to the intent classifier. Its cross-validation hides the
  examples of a fold, but neither the lists of words that people wrote with the examples before their eyes nor near
  copies (a hello before, a slip of the finger): its figures are hopeful, those of the test set are the judge.
- **Latido, whole**: the model that is served, danger detector and all. No fold hides the phrases of danger, so it is
  measured on the test set only.
- **Stock**: what Rasa proposes: WhitespaceTokenizer, RegexFeaturizer, LexicalSyntacticFeaturizer,
  CountVectorsFeaturizer over words and over 1–4 letters, DIETClassifier with 100 epochs; no FallbackClassifier. Same
  sentences, same folds.{_absent(found)}"""


def _absent(found: Findings) -> str:
    return "" if found.stock else " **Not measured this time** (`NO_STOCK=1`): nothing here compares the two."


def _summary(found: Findings) -> str:
    rows = [
        _row("Latido's classifier", found.own, len(found.own.test)),
        _row("Latido, whole", found.whole, len(found.own.test)),
        *([_row("Stock", found.stock, len(found.own.test))] if found.stock else []),
    ]
    table = "\n".join(rows)
    return f"""## Intents

| | folds run | accuracy, folds | macro-F1, folds | accuracy, test set | macro-F1, test set | wrong, test set |
|---|---|---|---|---|---|---|
{table}

{_first_fold(found)}"""


def _first_fold(found: Findings) -> str:
    """The same folds side by side, when not all were run for the stock pipeline."""
    run = len(found.stock.folds) if found.stock else 0
    if not found.stock or run in (0, FOLDS):
        return "Each sentence of the folds was judged by a model that had not seen it."
    own = [guess for fold in found.own.folds[:run] for guess in fold]
    return f"On the {run} of {FOLDS} folds that were run for both, Latido's classifier has {accuracy(own):.3f}, stock \
{accuracy(found.stock.crossed):.3f}."


def _row(name: str, measured: Measured, size: int) -> str:
    crossed, wrong = measured.crossed, sum(not guess.right for guess in measured.test)
    folds = (
        f"{len(measured.folds)} of {FOLDS} | {accuracy(crossed):.3f} | {macro_f1(crossed):.3f}"
        if crossed
        else "– | – | –"
    )
    return f"| {name} | {folds} | {accuracy(measured.test):.3f} | {macro_f1(measured.test):.3f} | {wrong} of {size} |"


def _cost(found: Findings) -> str:
    stock = found.milliseconds.get("Stock")
    rows = "\n".join(
        f"| {name} | {ms:.2f} | {f'{stock / ms:.0f}' if stock else '–'} |" for name, ms in found.milliseconds.items()
    )
    training = f" and {found.stock.train_seconds:.0f} s for stock" if found.stock else ""
    return f"""## Cost

Processor time to understand one message of the test set, one at a time, all pipelines in turns in one process with the
same runner; the median of five rounds. Stock names the intent only, so the first row is what compares with it: Latido's
pipelines find entities too, and the whole one danger, languages and further needs.
Training on everything took {found.own.train_seconds:.0f} s for Latido's classifier{training}.

| | ms a message | times cheaper than stock |
|---|---|---|
{rows}"""


def _danger(found: Findings) -> str:
    yes, no = found.urgent
    rows = "\n".join(f"| {name} | {heard:.3f} | {false:.3f} |" for name, (heard, false) in found.alarms.items())
    unsure, right = found.not_understood
    return f"""## Danger, and what is not understood

{yes} urgent messages and {no} that only look so (`danger.jsonl` beside the test set); urgent is an answer of
`danger_sign`, `report_violence` or `report_self_harm`.

| | recall | false alarms |
|---|---|---|
{rows}

Of the test sentences, the turn takes {unsure} for not understood; {right} of these the pipeline had right."""


def _worst(found: Findings) -> str:
    crossed = found.own.crossed
    scores = sorted(f1_by_intent(crossed).items(), key=lambda pair: pair[1])[:WORST]
    stock = f1_by_intent(found.stock.crossed) if found.stock else {}
    errors = confusions(crossed)
    rows = "\n".join(
        f"| `{name}` | {f1:.2f} | {_other(stock, name)} | {_taken_for(errors, name)} |" for name, f1 in scores
    )
    pairs = "\n".join(f"| `{truth}` | `{name}` | {times} |" for (truth, name), times in errors.most_common(CONFUSED))
    return f"""## Worst intents

Latido's classifier, by cross-validation.

| intent | F1 | F1, stock | mostly taken for |
|---|---|---|---|
{rows}

| meant | taken for | times |
|---|---|---|
{pairs}

![which intent was taken for which, in per cent of what was meant](nlu-confusion.png)"""


def _other(scores: dict[str, float], name: str) -> str:
    return f"{scores[name]:.2f}" if name in scores else "–"


def _taken_for(errors: Counter[tuple[str, str]], intent: str) -> str:
    mine = Counter({name: times for (truth, name), times in errors.items() if truth == intent})
    return ", ".join(f"`{name}` {times}" for name, times in mine.most_common(3))


def _calibration(found: Findings) -> str:
    crossed, test = found.own.crossed, list(found.own.test)
    return f"""## Calibration

How often the classifier is right when it is so sure. Expected calibration error: {calibration_error(crossed):.3f} by \
cross-validation, {calibration_error(test):.3f} on the test set{_stock_error(found)}.

| confidence | sentences, folds | mean confidence | right | sentences, test set | mean confidence | right |
|---|---|---|---|---|---|---|
{_bins(crossed, test)}"""


def _stock_error(found: Findings) -> str:
    return f" (stock on the test set: {calibration_error(list(found.stock.test)):.3f})" if found.stock else ""


def _bins(crossed: Sequence[Guess], test: Sequence[Guess]) -> str:
    told = [{one.low: one for one in reliability(guesses)} for guesses in (crossed, test)]
    rows = []
    for low in sorted({low for bins in told for low in bins}):
        cells = [
            f"{b.number} | {b.confidence:.2f} | {b.accuracy:.2f}" if (b := bins.get(low)) else "0 | – | –"
            for bins in told
        ]
        rows.append(f"| {low:.1f}–{low + 0.1:.1f} | " + " | ".join(cells) + " |")
    return "\n".join(rows)
