"""What of a message is shown for a search."""

from __future__ import annotations

from latido.console.finding.passage import LONGEST, Meant, Piece, found_in, passage_of

TURNO = Meant("turno", frozenset({"truno"}))
CONTROL = Meant("control", frozenset())


def shown(text: str, *wanted: Meant) -> str:
    return "".join(f"[{one.text}]" if one.found else one.text for one in passage_of(text, wanted))


def test_words_are_marked_as_she_wrote_them() -> None:
    assert shown("kiero un TRUNO, o los Contróles", TURNO, CONTROL) == "kiero un [TRUNO], o los [Contróles]"
    assert shown("un contro\u0301l", CONTROL) == "un [contro\u0301l]"
    assert shown("turnos\n\nturno", TURNO) == "[turnos] [turno]"


def test_without_a_word_it_is_the_beginning() -> None:
    assert passage_of("hola", [TURNO]) == (Piece("hola", False),)
    assert passage_of("", [TURNO]) == ()


def test_a_long_one_is_cut_around_the_first_between_words() -> None:
    long = shown("bla " * 60 + "mi turno " + "bla " * 60, TURNO)
    assert long.startswith("…bla ") and long.endswith(" bla…") and "mi [turno] bla" in long
    assert len(long) <= LONGEST + 4
    assert shown("turno" + "a" * 300 + " más", TURNO).endswith("a]…")
    assert shown("b" * 300 + " turno", TURNO) == "…[turno]"


def test_how_many_of_the_words_it_holds() -> None:
    assert found_in("un turno y otro turno", [TURNO, CONTROL]) == 1
    assert found_in("turno de control", [TURNO, CONTROL]) == 2
    assert found_in("hola", [TURNO]) == 0
