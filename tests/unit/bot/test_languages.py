"""Other tongues: recognised as people in Buenos Aires write them, and Spanish with a word of theirs left alone."""

from __future__ import annotations

import pytest

from bot.nlu.languages import heard_in_language, languages

GUARANI = [
    "Mba'éichapa",
    "mbaeichapa che ryeguasu",
    "che ryeguasu 5 jasy",
    "che ryeguasu ha aikotevẽ turno",
    "che memby hasy",
    "che mitã'i hasyeterei",
    "che memby oguereko akãnundu",
    "hasy che rye",
    "che akã rasy eterei",
    "ndaikuaái moõpa aha",
    "moõpa oĩ pohanohára",
    "aikotevẽ pohãnohára",
    "ndaikuaai mba'épa ajapóta",
    "che ndaikuaái castellano, eipytyvõmína",
    "che pytyvõ, che ryeguasu ha ndarekói documento",
    "nañe'ẽi castellano, guaraníme mante",
    "ikatúpa reñe'ẽ guaraníme",
    "mboýpa jasy che ryeguasu haguã",
    "che memby ndokambúi ha hasy",
    "ndarekói dni ha che ryeguasu",
    "mokõi ára hasyeterei che resai",
    "peteĩ turno aipota che memby peguarã",
    "amo oĩ pohãnohára, aha haguã che memby ndive",
    "aipota turno, ndaikuaái araka'épa aha va'erã",
    "rohayhu che memby hasy ko pyhareve guive",
    "che ra'y hasy ha ndokéi",
    "cherasy che rye ha che akã",
    "aguyje, avy'a eterei",
]
QUECHUA = [
    "imaynalla",
    "allillanchu",
    "imaynallan, wiksayuq kani",
    "wiksayuq kani, hampichikuyta munani",
    "wawayta hampina wasiman apayta munani",
    "wawaymi unqusqa",
    "onqosqa kashani",
    "wawaypaq turnota munani",
    "maypitaq hampina wasi",
    "mana castellanota parlanichu",
    "runasimita parlankichu",
    "yanapaway, wawayta nanan",
    "yanapawankichu ama hina kaychu",
    "umay nanan, wiksayuq kani",
    "wiksay nanawan",
    "kimsa killayoq wiksayoq kani",
    "pichqa killayuq kani, wiksayuq",
    "manan yachanichu maypi hampina",
    "nuqa wiksayuq kani, yanapaykuway",
    "hayk'aqtaq hamunay, wawaypaq",
    "jampina wasi maypitaq kasan",
    "wawayqa manan mikhunchu",
    "qayna paqarin wawayta nanarqa",
    "sulpayki, noqa quechuapi parlani",
    "noqaqa mana dniyoq kani",
    "janpina wasita maskashani wawaypaq",
    "manan atinichu jamuyta, onqosqa kani",
]
PORTUGUESE = [
    "bom dia",
    "boa tarde, preciso de ajuda",
    "oi tudo bem",
    "estou grávida",
    "estou gravida de 3 meses",
    "estou grávida e preciso de uma consulta",
    "oi, eu preciso marcar consulta de pré-natal",
    "você fala português?",
    "não falo espanhol",
    "nao entendo espanhol, alguem fala portugues?",
    "meu bebê não dorme",
    "meu filho está com febre",
    "minha filha tem 2 meses, onde tomo as vacinas",
    "onde fica o posto de saúde",
    "tem posto de saúde perto daqui",
    "quero marcar uma consulta pro meu bebê",
    "preciso de um médico pra minha filha",
    "não tenho documento",
    "quanto custa? não tenho dinheiro",
    "eu sou brasileira, moro em constitución",
    "quantas consultas tenho que fazer no pré-natal",
    "meu bebê nasceu ontem",
    "minha barriga dói muito",
    "quero falar com alguém",
    "estoy grávida de 4 meses e não tenho médico ainda",
    "eu quero um turno, estou de cinco meses",
    "oi boa noite, eu tô grávida e não sei onde ir",
    "gostaria de saber se posso fazer o pré-natal aí",
]
AYMARA = ["kamisaraki", "nayax usuritwa", "wawax usutawa, janiwa walikiti", "yanapt'itaya, usuritwa"]
CHINESE = ["我怀孕了", "你好，我需要看医生", "hola 我怀孕5个月"]

# Written by Spanish speakers: loan words, names of food and places, typos, short forms, migrants' Spanish, laughter.
SPANISH = [
    "mi mitã'i tiene fiebre",
    "hola mi mitai no quiere la teta",
    "mi wawa tiene tos",
    "quiero turno para mi wawa",
    "necesito la ficha para mi wawita",
    "che, hay turno?",
    "che amiga donde queda la salita",
    "che me olvide el turno",
    "mamãe hola",
    "che ryeguasu quiero turno",
    "turno pre natal",
    "estoy tan mal que me quiero matar",
    "mi marido me bate",
    "me duele la barriga y tengo febre",
    "si no me dan turno me van a matar",
    "pre natal",
    "hola mamae como estas",
    "mi memby nacio ayer, que vacunas van",
    "quero turno",
    "quero un turno para el obstetra",
    "quero saber donde queda la salita",
    "tambem quiero turno para mi hija",
    "nesecito turno xq estoy enbarazada",
    "cuando quedo enbaraza hay q ir al medico",
    "oi tengo turno?",
    "oi no puedo ir",
    "voi mañana",
    "no voi a poder ir",
    "me duele la pansa",
    "em que horario atienden",
    "con quien hablo com el turno",
    "um turno por favor",
    "ja ja ja gracias",
    "jajaja ok",
    "posto turno",
    "puesto de salud mas cercano",
    "el posto de salud de la villa 31",
    "vivo en la villa 1 11 14 manzana 3",
    "hablo portugues y español",
    "soy brasilera, quiero turno",
    "soy de brasil y estoy embarazada de 3 meses",
    "soy paraguaya hablo guarani pero entiendo español",
    "soy boliviana, hablo quechua y castellano",
    "mi suegra habla solo quechua",
    "mi mama habla guarani nomas, puede ir ella?",
    "vivo en la calle ita pora",
    "quiero comer chipa y sopa paraguaya",
    "calle tuyuti 5000",
    "avenida juan b justo y boyaca",
    "barrio inta villa lugano",
    "me llamo Iara Nunes da Silva",
    "mi nombre es Mayra Quispe Mamani",
    "me llamo Wara Condori",
    "Joao es el papa",
    "el nene se llama Thiago Benjamin",
    "mi marido se llama Filho",
    "bo dia",
    "gracias a dios",
    "muito gracias",
    "ok obrigado",
    "no se nada de portugues",
    "agora no puedo, mañana si",
    "ta bien",
    "ta, dale",
    "sim",
    "si, um control",
    "hamaca para el bebe hay?",
    "hampi",
    "tata",
    "la pacha mama",
    "ari",
    "kay",
    "estou",
    "ne",
    "no tengo dni solo cedula paraguaya ha",
    "de cuanto tengo que estar pa la ecografia",
    "pa cuando hay turno",
    "perdi sangre ayer pero ya no",
    "mi bb no come ni duerme",
    "kiero turno pa mi bb xfa",
    "ola buenas kisiera saver si ai turno",
    "ola soi mabel nesesito ayuda",
    "buen dia senora, quisiera consultar",
    "30111222",
    "",
    "👍",
    "Corrientes 2500",
]


@pytest.mark.parametrize("text", GUARANI)
def test_guarani_and_jopara(text: str) -> None:
    assert languages().language_of(text) == "gn"


@pytest.mark.parametrize("text", QUECHUA)
def test_quechua(text: str) -> None:
    assert languages().language_of(text) == "qu"


@pytest.mark.parametrize("text", PORTUGUESE)
def test_portuguese_and_portunol(text: str) -> None:
    assert languages().language_of(text) == "pt"


@pytest.mark.parametrize(("text", "code"), [*((one, "ay") for one in AYMARA), *((one, "zh") for one in CHINESE)])
def test_aymara_and_chinese(text: str, code: str) -> None:
    assert languages().language_of(text) == code


@pytest.mark.parametrize("text", SPANISH)
def test_spanish_is_spanish(text: str) -> None:
    assert languages().language_of(text) is None


URGENT = {
    "danger_sign": [
        "tuguy che ryeguasu",
        "hasyeterei che rye",
        "che mitã'i akãnundu hasyeterei",
        "nomyĩvéima che memby che ryépe",
        "yawarchakuni wiksayuq kani",
        "wawayta ruphasqa, mana samanchu",
        "wawaymi mana kuyurinchu",
        "anchata nanawan wiksay, wiksayuq kani",
        "meu bebê não mexe",
        "o bebê não respira, me ajuda",
        "tenho muita dor de cabeça e vejo embaçado",
        "meu bebê de 10 dias tem febre",
        "não tenho febre mas estou com sangramento",
    ],
    "report_violence": ["meu marido me bate", "che ména chenupã", "qosay maqawan sapa kuti"],
    "report_self_harm": ["eu quero morrer", "amanose, che ryeguasu", "wañuyta munani"],
}


@pytest.mark.parametrize(("intent", "text"), [(intent, text) for intent in URGENT for text in URGENT[intent]])
def test_what_is_urgent_in_their_words(intent: str, text: str) -> None:
    code = languages().language_of(text)
    assert code is not None
    assert languages().urgent_in(text, code) == intent


@pytest.mark.parametrize(
    "text", ["meu filho não tem febre", "nao estou sangrando, estou gravida", "estou grávida e bem"]
)
def test_what_is_denied_is_not_urgent(text: str) -> None:
    assert languages().urgent_in(text, "pt") is None


# ------------------------------------------------------------------ what a turn makes of it


def parsed(intent: str, confidence: float = 0.9, *entities: str) -> dict:
    ranked = {"name": intent, "confidence": confidence}
    found = [{"entity": name, "value": "pt"} for name in ("language", *entities)]
    return {"intent": ranked, "intent_ranking": [ranked], "entities": found}


def intent_of(heard: dict) -> str:
    return heard["intent"]["name"]


def test_a_request_in_another_language_is_other_language() -> None:
    heard = heard_in_language(parsed("book_prenatal"), goes_on_in_spanish=False, asked=False)
    assert intent_of(heard) == "other_language"
    assert [one["name"] for one in heard["intent_ranking"]] == ["other_language", "book_prenatal"]


@pytest.mark.parametrize("intent", ["danger_sign", "report_violence", "report_self_harm", "report_loss"])
def test_what_is_urgent_stays_urgent_and_keeps_its_language(intent: str) -> None:
    heard = heard_in_language(parsed(intent, 0.3), goes_on_in_spanish=False, asked=False)
    assert intent_of(heard) == intent
    assert heard["entities"][0]["entity"] == "language"


def test_thanks_need_no_person() -> None:
    assert intent_of(heard_in_language({**parsed("thank"), "text": "muito obrigada"}, False, False)) == "thank"
    assert (
        intent_of(heard_in_language({**parsed("deny"), "text": "não falo espanhol"}, False, False)) == "other_language"
    )
    assert intent_of(heard_in_language(parsed("thank", 0.4), False, False)) == "other_language"


def test_an_answer_to_a_question_is_an_answer_in_any_language() -> None:
    answer = parsed("inform", 0.9, "gestational_age")
    assert intent_of(heard_in_language(answer, False, asked=True)) == "inform"
    assert intent_of(heard_in_language(answer, False, asked=False)) == "other_language"


def test_who_goes_on_in_spanish_is_not_asked_again() -> None:
    heard = heard_in_language(parsed("book_prenatal", 0.9, "neighbourhood"), goes_on_in_spanish=True, asked=False)
    assert intent_of(heard) == "book_prenatal"
    assert [one["entity"] for one in heard["entities"]] == ["neighbourhood"]


def test_a_spanish_message_is_untouched() -> None:
    spanish = {"intent": {"name": "greet", "confidence": 1.0}, "entities": [], "unsure_below": 0.4}
    assert heard_in_language(spanish, False, False) == spanish
