"""Reading template files (`data/templates/*.yml`) and the word lists of their rules."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from latido.messaging.templates.model import Form, Notice, Template, TemplateButton
from latido.messaging.templates.rules import Words

FOLDER = Path(__file__).resolve().parents[3] / "data" / "templates"
KNOWN = frozenset(
    {"name", "category", "language", "version", "needs", "samples", "outside", "inside", "variants", "campaign"}
)
OF_VARIANT = frozenset({"variant", "outside", "inside"})


class TemplateUnreadable(Exception):
    """A template file is not what it must be; the message says which one, where and how it should look."""


@cache
def templates() -> Mapping[tuple[str, str], Template]:
    """The templates of this installation by (name, variant), read once."""
    return {(each.name, each.variant): each for each in read_templates(FOLDER)}


def read_templates(folder: Path) -> list[Template]:
    """Every template with its variants, by name; raises TemplateUnreadable."""
    paths = sorted(folder.glob("*.yml"))
    if not paths:
        raise TemplateUnreadable(f"no template files (*.yml) in {folder}")
    return [template for path in paths for template in _read(path)]


def read_words(folder: Path = FOLDER) -> Words:
    """The word lists of the rules."""
    given = yaml.safe_load((folder / "rules" / "words.yml").read_text(encoding="utf-8"))
    return Words(tuple(given["telling"]), tuple(given["promotional"]), tuple(given["shorteners"]))


def _read(path: Path) -> list[Template]:
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise TemplateUnreadable(f"{path.name} is not YAML: {error}") from error
    if not isinstance(given, dict):
        raise TemplateUnreadable(f"{path.name} must hold {', '.join(sorted(KNOWN))}")
    _only(path, given, KNOWN)
    if given.get("name") != path.stem:
        raise TemplateUnreadable(f"{path.name} must begin with `name: {path.stem}`, as the file is called")
    variants = [{"variant": ""}, *(given.get("variants") or [])]
    return [_template(path, given, variant) for variant in variants]


def _template(path: Path, given: Mapping[str, Any], variant: Mapping[str, Any]) -> Template:
    _only(path, variant, OF_VARIANT)
    whole = {**given, **variant}
    try:
        return Template(
            name=str(whole["name"]),
            category=str(whole["category"]),
            language=str(whole["language"]),
            version=int(whole["version"]),
            outside=_form(whole["outside"]),
            inside=_form(whole["inside"]),
            samples={str(name): str(value) for name, value in (whole.get("samples") or {}).items()},
            needs=frozenset(map(str, whole.get("needs") or ())),
            variant=str(whole["variant"]),
            notice=_notice(whole["campaign"]) if "campaign" in whole else None,
        )
    except KeyError as error:
        raise TemplateUnreadable(f"{path.name} lacks {error.args[0]}") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise TemplateUnreadable(f"{path.name} has a field of the wrong kind: {error}") from error


def _form(given: Mapping[str, Any]) -> Form:
    buttons = tuple(TemplateButton(str(each["title"]), str(each["answer"])) for each in given.get("buttons") or ())
    return Form(str(given["body"]).strip(), buttons)


def _notice(given: Mapping[str, Any]) -> Notice:
    asks = {str(name): str(words) for name, words in (given.get("asks") or {}).items()}
    return Notice(str(given["title"]), asks, frozenset(map(str, given.get("about") or ())))


def _only(path: Path, given: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = set(map(str, given)) - known
    if unknown:
        raise TemplateUnreadable(
            f"{path.name} has {', '.join(sorted(unknown))}; there are only {', '.join(sorted(known))}"
        )
