"""A morning at the console: several residents, one of them in danger, one booking followed from the first word."""

from __future__ import annotations

from datetime import datetime, timedelta

from latido.messaging.messages import Button, Reply
from tests.integration.console.log import Log, nlu

ANA, BETTY, CARLA, DORA, EVA, FLOR, GABI = (f"whatsapp:+54911556677{number:02}" for number in range(10, 80, 10))
DANGER_ANSWER = "Eso puede ser urgente. Llamá ya al *107* (SAME) o andá a la guardia más cercana."


def tell(log: Log, now: datetime) -> None:
    """Write the morning into the log, ending at `now`."""
    _greetings(log, now - timedelta(hours=26))
    _booking(log, now - timedelta(minutes=40))
    _misunderstanding(log, now - timedelta(minutes=22))
    _set_aside(log, now - timedelta(minutes=15))
    _danger(log, now - timedelta(minutes=9))
    _undelivered(log, now - timedelta(minutes=6))
    log.receives(GABI, "hola, quería saber si el centro de Barracas atiende mañana", at=now - timedelta(minutes=1))


def _greetings(log: Log, start: datetime) -> None:
    first = log.receives(FLOR, "gracias!!", at=start)
    replies = log.answers(first, ["¡De nada! Acá estoy cuando me necesites. 💛"], start, nlu=nlu("thank", 0.98))
    log.marks(replies, state="handed_over", status="read")


def _booking(log: Log, start: datetime) -> None:
    for step, tell in enumerate((_first_words, _consent, _document, _confirmation)):
        tell(log, start + timedelta(seconds=35 * step))


def _first_words(log: Log, moment: datetime) -> None:
    text = "hola, estoy embarazada de 5 meses y nunca me controlé, vivo en barracas"
    first = log.receives(ANA, text, at=moment)
    consent = Reply(
        "quick_reply",
        "¡Hola! Soy *Latido*, un asistente automático de salud.\n\n¿Me das permiso para guardar tus datos y ayudarte?",
        (Button("Sí, acepto", "/affirm"), Button("No, gracias", "/deny")),
    )
    age = {"weeks_min": 20, "weeks_max": 24, "source": "months", "lmp": None}
    replies = log.answers(
        first,
        [consent],
        moment,
        nlu=nlu(
            "book_prenatal",
            0.93,
            ("report_pregnancy", 0.05),
            gestational_age=age,
            neighbourhood="barracas",
            prior_checkups="none",
        ),
        slots={"gestational_age": age, "prior_checkups": "none", "consent_version": "2026-11"},
        actions=["action_session_start", "action_start_prenatal", "consent_form"],
        active_form="consent_form",
    )
    log.marks(replies, state="handed_over", status="read")


def _consent(log: Log, moment: datetime) -> None:
    second = log.receives(ANA, "Sí, acepto", "button", at=moment)
    replies = log.answers(
        second,
        ["¡Gracias! Empecemos por tu turno. ¿Para quién es?"],
        moment,
        nlu=nlu("affirm", 1.0),
        slots={"consent": "2026-11"},
        actions=["action_after_consent", "prenatal_form"],
        active_form="prenatal_form",
    )
    log.marks(replies, state="handed_over", status="read")


def _document(log: Log, moment: datetime) -> None:
    third = log.receives(ANA, "mi dni es 30.111.222, llamame al 11 5566-7710", at=moment)
    replies = log.answers(
        third,
        [Reply("list", "Estos son los primeros horarios cerca tuyo:", (Button("jue 26/11 9:30", "/inform"),), "Ver")],
        moment,
        nlu=nlu("inform", 0.97, ("affirm", 0.02), dni="30111222", phone="1155667710"),
        slots={
            "document_status": "dni",
            "place": {"label": "Barracas", "latitude": -34.6431, "longitude": -58.3826, "approximate": True},
            "priority": {"class": "top", "reasons": ["no_checkup_after_20_weeks"], "target_days": 3},
            "offers": [
                {"slot_id": f"s{n}", "start": f"2026-11-26T0{n}:30:00-03:00", "center": {"name": "CeSAC N° 1"}}
                for n in range(8, 10)
            ],
            "patient_name": "Ana Pérez",
        },
        actions=["validate_prenatal_form", "action_ask_prenatal_form_chosen_offer"],
        active_form="prenatal_form",
    )
    log.marks(replies, state="handed_over", status="delivered")


def _confirmation(log: Log, moment: datetime) -> None:
    fourth = log.receives(ANA, "Sí, reservar", "button", at=moment)
    replies = log.answers(
        fourth,
        [
            "¡Listo! Tenés turno el *jueves 26 de noviembre a las 9:30* en el CeSAC N° 1, Av. Vélez Sarsfield 1271.",
            Reply("location", "CeSAC N° 1"),
        ],
        moment,
        nlu=nlu("affirm", 1.0),
        slots={"appointment_id": "5f1c2a9e-7b1d-4a57-9c35-a0b1c2d3e4f5", "open_appointments": 1, "chosen_offer": None},
        actions=["validate_prenatal_form", "action_book_prenatal"],
    )
    log.marks(replies[:1], state="handed_over", status="delivered")
    log.marks(replies[1:], state="handed_over", status="sent")


def _misunderstanding(log: Log, at: datetime) -> None:
    text = "mirá vos che el otro día que onda con lo del coso ese, viste que <script>alert(1)</script> & nada"
    first = log.receives(BETTY, text, at=at)
    replies = log.answers(
        first,
        ["No te entendí bien. Podés escribir, por ejemplo: *quiero un turno* o *qué centro me queda cerca*."],
        at,
        nlu=nlu("ask_workshops", 0.31, ("out_of_scope", 0.28)),
        flags=["not_understood"],
        actions=["action_default_fallback"],
    )
    log.marks(replies, state="handed_over", status="read")
    audio = log.receives(BETTY, "", "audio", at=at + timedelta(minutes=1))
    replies = log.answers(
        audio,
        ["Todavía no puedo escuchar audios. ¿Me lo escribís?"],
        at + timedelta(minutes=1),
        nlu=nlu("send_media", 1.0, media_kind="audio"),
        actions=["action_media"],
    )
    log.marks(replies, state="handed_over", status="sent")


def _set_aside(log: Log, at: datetime) -> None:
    first = log.receives(CARLA, "¿puedo ir con mi hija al control?", at=at)
    replies = log.answers(first, ["Perdoná, no pude procesar tu último mensaje. 🙏 Ya le avisé a una persona."], at)
    log.marks(replies, state="handed_over", status="delivered")
    log.marks([first], state="set_aside", attempts=6, last_error="HTTP 500", urgent=True)
    log.alerts("set_aside", first, "HTTP 500", at)


def _danger(log: Log, at: datetime) -> None:
    first = log.receives(DORA, "estoy sangrando mucho y me duele la panza, estoy de 30 semanas", at=at)
    replies = log.answers(
        first,
        [DANGER_ANSWER],
        at,
        nlu=nlu("danger_sign", 0.99, ("book_prenatal", 0.01), danger_kind={"kind": "bleeding", "phase": "pregnancy"}),
        flags=["danger"],
        urgent=True,
        actions=["action_danger"],
    )
    log.marks(replies, state="handed_over", status="read")
    log.alerts("danger", first, at=at)
    more = log.receives(DORA, "quiero hablar con alguien por favor", at=at + timedelta(minutes=2))
    replies = log.answers(
        more,
        ["Le aviso a una persona del equipo. Si es urgente, llamá al *107*."],
        at + timedelta(minutes=2),
        nlu=nlu("ask_human", 0.96),
        flags=["wants_person"],
    )
    log.marks(replies, state="handed_over", status="delivered")
    log.alerts("wants_person", more, at=at + timedelta(minutes=2))


def _undelivered(log: Log, at: datetime) -> None:
    first = log.receives(EVA, "", "location", at=at)
    replies = log.answers(
        first,
        ["Estos son los centros más cercanos:\n\n1. *CeSAC N° 15*, Humberto 1° 470, a 11 minutos a pie."],
        at,
        nlu=nlu("share_location", 1.0, latitude=-34.6212, longitude=-58.3731),
        slots={"place": {"label": "tu ubicación", "latitude": -34.6212, "longitude": -58.3731}},
        actions=["action_find_centers"],
        active_form="place_form",
    )
    log.marks(replies, state="failed", status="undelivered", error_code=63024, attempts=1)
    log.alerts("undelivered", replies[0], "undelivered 63024", at + timedelta(seconds=20))
