"""What a template may not say, and how the file that says it is told so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from latido.messaging.templates.model import Form, Notice, Template, TemplateButton
from latido.messaging.templates.reading import FOLDER, TemplateUnreadable, read_templates, read_words
from latido.messaging.templates.rules import problems

WORDS = read_words()
SEE = TemplateButton("Ver aviso", "see")
GOOD = Template(
    name="prueba",
    category="UTILITY",
    language="es_AR",
    version=1,
    outside=Form("Hola, tenés un turno anotado el {day} a las {time} horas. Tocá para verlo.", (SEE,)),
    inside=Form("Hola, te escribimos de Latido por algo que tenés anotado en estos días.\n*Qué:* {what}", (SEE,)),
    samples={"day": "jueves 26", "time": "9:30", "what": "control"},
)


def outside(body: str, *buttons: TemplateButton) -> Template:
    return replace(GOOD, outside=Form(body, buttons or (SEE,)))


def inside(body: str, *buttons: TemplateButton) -> Template:
    return replace(GOOD, inside=Form(body + "\n*Qué:* {what}", buttons or (SEE,)))


def found(template: Template) -> str:
    return "\n".join(problems([template], WORDS))


def test_the_files_of_this_installation_break_no_rule() -> None:
    assert problems(read_templates(FOLDER), WORDS) == []


def test_a_good_template_breaks_no_rule() -> None:
    assert found(GOOD) == ""


@pytest.mark.parametrize(
    ("template", "said"),
    [
        (outside("{day} es tu turno, a las {time} horas en punto."), "a variable stands first: begin with words"),
        (outside("¡{day}! Es tu turno a las {time} horas en punto."), "first"),
        (outside("Tenés un turno anotado a las {time} el día {day}."), "a variable stands last: end with words"),
        (outside("Tenés un turno con nosotros el {day} - {time} horas."), "side by side"),
        (outside("Hola {day} y {time} chau."), "3 fixed words for 2 variables: at least 5"),
        (outside("Hola, tenés {{1}} anotado para el {day} a las {time} horas."), "write variables as {day}"),
        (outside("Hola, tenés un turno el {Day} y {time} a esas horas, {day} o no."), "write variables as {day}"),
        (outside("Hola " * 210 + "el {day} a las {time} horas."), "1024 fit"),
        (outside("Hola.\n\n\nTenés algo el {day} a las {time} horas."), "no more than two newlines"),
        (outside("Hola.     Tenés algo el {day} a las {time} horas."), "four spaces"),
        (outside("💬" * 11 + " Hola, tenés algo anotado el {day} a las {time} horas."), "emoji"),
        (outside("Hola, tenés algo el {day} a las {time} horas, mirá bit.ly/x ahora."), "bit.ly"),
        (outside("Hola, tenés algo el {day} a las {time} horas, es una oferta única."), "advertising"),
        (outside("Hola, tenés un control el {day} a las {time} horas."), "'control' tells"),
        (outside("Hola, tu BEBÉ tiene algo el {day} a las {time} horas."), "'BEBÉ' tells"),
        (outside("Hola, tenés algo el {day} a las {time} en {place} anotado."), "{place} would tell"),
        (outside("Hola, tenés algo.", TemplateButton("Vacunas", "see")), "'Vacunas' tells"),
        (outside("Hola, tenés algo.", TemplateButton("x" * 21, "see")), "21 characters"),
        (outside("Hola, tenés algo.", TemplateButton("Ver 👀", "see")), "no variable, emoji"),
        (outside("Hola, tenés algo.", TemplateButton("Ver {day}", "see")), "no variable, emoji"),
        (outside("Hola, tenés algo.", TemplateButton("Ver", "look")), "nothing answers to 'look'"),
        (outside("Hola, tenés algo.", SEE, SEE), "two buttons are called 'Ver aviso'"),
        (outside("Hola, tenés algo.", *[TemplateButton(f"Ver {n}", "see") for n in range(11)]), "11 buttons, 10 fit"),
        (outside(""), "write a body"),
        (inside("Hola.", *[TemplateButton(f"Ver {n}", "see") for n in range(4)]), "4 buttons, 3 fit"),
        (inside("Tu embarazo."), "'embarazo' stands in the first 60"),
        (inside("x" * 55 + " embarazo va bien"), "'embarazo' stands in the first 60"),
        (inside("Hola {day}."), "the first 60 characters show on a locked screen"),
        (replace(GOOD, name="Prueba"), "lower-case"),
        (replace(GOOD, variant="B 2"), "name the variant"),
        (replace(GOOD, category="PROMO"), "use UTILITY, MARKETING, AUTHENTICATION"),
        (replace(GOOD, category="AUTHENTICATION"), "use UTILITY"),
        (replace(GOOD, language="español"), "no code like es_AR"),
        (replace(GOOD, version=0), "counts from 1"),
        (replace(GOOD, samples={"day": "jueves", "what": "x"}), "give a sample for {time}"),
        (replace(GOOD, samples={**GOOD.samples, "time": "9\n30"}), "must be one line"),
        (replace(GOOD, samples={**GOOD.samples, "who": "Luca"}), "neither wording says {who}"),
        (replace(GOOD, needs=frozenset({"who"})), "neither wording says {who}"),
    ],
)
def test_what_breaks_a_rule_is_told_what_to_do(template: Template, said: str) -> None:
    assert said in found(template)
    assert found(template).startswith(template.label)


def test_an_advertisement_may_be_one_where_it_says_so() -> None:
    text = "Hola, tenés algo el {day} a las {time} horas, es una oferta única."
    assert "advertising" not in found(replace(outside(text), category="MARKETING"))


def test_two_that_say_the_same_are_found() -> None:
    other = replace(GOOD, name="otra")
    assert problems([GOOD, other], WORDS) == [
        "prueba and otra say the same outside the window, and Meta refuses the second"
    ]
    assert "prueba and prueba have one name" in problems([GOOD, replace(outside("Hola."), samples={})], WORDS)


WHOLE = {
    "name": "aviso",
    "category": "UTILITY",
    "language": "es_AR",
    "version": 1,
    "needs": ["what"],
    "samples": {"what": "algo"},
    "outside": {"body": "Hola, hay un aviso para vos.", "buttons": [{"title": "Ver aviso", "answer": "see"}]},
    "inside": {"body": "Hola, te escribimos de Latido con un aviso para vos, cuando puedas leerlo.\n{what}, ya."},
}


def written(folder: Path, **changes: object) -> Path:
    whole = {name: value for name, value in (WHOLE | changes).items() if value is not None}
    (folder / "aviso.yml").write_text(yaml.safe_dump(whole, allow_unicode=True), encoding="utf-8")
    return folder


def test_a_variant_says_what_it_says_otherwise(tmp_path: Path) -> None:
    other = {"variant": "b", "outside": {"body": "Hola, somos Latido: hay un aviso."}}
    plain, variant = read_templates(written(tmp_path, variants=[other]))
    assert (plain.label, variant.label) == ("aviso", "aviso_b")
    assert variant.outside.body == "Hola, somos Latido: hay un aviso."
    assert variant.inside == plain.inside
    assert problems([plain, variant], WORDS) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "otro"}, "must begin with `name: aviso`"),
        ({"category": None}, "aviso.yml lacks category"),
        ({"version": "uno"}, "wrong kind"),
        ({"footer": "x"}, "aviso.yml has footer"),
        ({"outside": {"body": "x", "buttons": [{"title": "x"}]}}, "lacks answer"),
        ({"outside": "x"}, "wrong kind"),
        ({"variants": [{"variant": "b", "category": "UTILITY"}]}, "aviso.yml has category"),
    ],
)
def test_a_file_that_is_none_is_told_so(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    with pytest.raises(TemplateUnreadable, match=said):
        read_templates(written(tmp_path, **changes))


def test_no_file_and_no_yaml_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(TemplateUnreadable, match="no template files"):
        read_templates(tmp_path)
    (tmp_path / "aviso.yml").write_text("name: [", encoding="utf-8")
    with pytest.raises(TemplateUnreadable, match="is not YAML"):
        read_templates(tmp_path)
    (tmp_path / "aviso.yml").write_text("- x", encoding="utf-8")
    with pytest.raises(TemplateUnreadable, match="must hold"):
        read_templates(tmp_path)


@pytest.mark.parametrize(
    ("notice", "buttons", "said"),
    [
        (Notice("Prueba", {"day": "Día", "time": "Hora", "what": "Qué"}), ("other",), ""),
        (Notice("Prueba", {"day": "Día", "time": "Hora"}), ("other",), "look at {what}"),
        (Notice("Prueba", {"day": "Día", "time": "Hora", "what": "Qué", "who": "Quién"}), ("other",), "{who}"),
        (Notice("Prueba", {"day": "D", "time": "H", "what": "Q"}, frozenset({"loss"})), ("other",), "weeks and months"),
        (Notice("Prueba", {"day": "Día", "time": "Hora", "what": "Qué"}), ("see",), "answers `other`"),
        (Notice("Prueba", {"day": "Día", "time": "Hora", "what": "Qué"}), ("book", "other"), "whose appointment"),
    ],
)
def test_a_template_for_campaigns(notice: Notice, buttons: tuple[str, ...], said: str) -> None:
    inside = replace(GOOD.inside, buttons=tuple(TemplateButton(each.title(), each) for each in buttons))
    problem = found(replace(GOOD, notice=notice, inside=inside))
    assert said in problem if said else problem == ""
