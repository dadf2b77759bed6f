"""The parts as the worker gets them from the settings."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests
from sqlalchemy import Engine, select

from latido.areas import chosen_areas
from latido.care.desk.tables import marks
from latido.care.mapping.found_names import FoundNames
from latido.care.mapping.own_names import OwnNames
from latido.fhir.keys import jwks, make_key
from latido.settings import Settings
from latido.web import create_app
from latido.wiring import MissingSetting, Wiring
from tests.serving import served


def wiring(engine: Engine, tmp_path: Path, **settings: object) -> Wiring:
    url = engine.url.render_as_string(hide_password=False)
    return Wiring(Settings(_env_file=None, database_url=url, data_dir=tmp_path, secret_key="x" * 43, **settings))


def test_the_worker_watches_the_desk_of_the_embedded_server(engine: Engine, tmp_path: Path) -> None:
    wired = wiring(engine, tmp_path)
    wired.desk_chore.action()
    with engine.connect() as connection:
        assert connection.execute(select(marks.c.name)).scalars().all() == ["appointments"]
    assert isinstance(wired.care.agendas, OwnNames)


def test_a_city_brings_its_map_its_log_in_and_its_dni(engine: Engine, tmp_path: Path) -> None:
    key = make_key(tmp_path / "key.pem")
    wired = wiring(
        engine,
        tmp_path,
        fhir_url="https://fhir.example/R4",
        fhir_client_id="latido",
        fhir_private_key_file=tmp_path / "key.pem",
        dni_systems="urn:city:dni, http://renaper.gob.ar/dni",
    )
    assert wired.care.foreign
    assert isinstance(wired.care.agendas, FoundNames)
    assert wired.care.dni_systems == ("urn:city:dni", "http://renaper.gob.ar/dni")
    assert jwks(wired.fhir_keys) == jwks([key])


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"fhir_url": "http://fhir.example/R4", "fhir_token": "s3cret"}, "https"),
        ({"fhir_url": "https://fhir.example/R4", "fhir_client_id": "latido"}, "LATIDO_FHIR_PRIVATE_KEY_FILE"),
        (
            {"fhir_url": "https://f.example", "fhir_client_id": "a", "fhir_private_key_file": Path("absent.pem")},
            "latido fhir keys --new",
        ),
        ({"fhir_url": "https://fhir.example/R4", "fhir_map": Path("absent.yml")}, "LATIDO_FHIR_MAP"),
    ],
)
def test_settings_that_do_not_fit_say_what_to_set(
    engine: Engine, tmp_path: Path, settings: dict[str, object], said: str
) -> None:
    with pytest.raises(MissingSetting, match=said) as wrong:
        _ = wiring(engine, tmp_path, **settings).care
    assert "s3cret" not in str(wrong.value)


def test_a_token_url_has_to_be_safe_too(engine: Engine, tmp_path: Path) -> None:
    make_key(tmp_path / "key.pem")
    with pytest.raises(MissingSetting, match="LATIDO_FHIR_TOKEN_URL"):
        _ = wiring(
            engine,
            tmp_path,
            fhir_url="https://fhir.example/R4",
            fhir_client_id="latido",
            fhir_private_key_file=tmp_path / "key.pem",
            fhir_token_url="http://auth.example/token",
        ).care


def test_the_public_key_is_served_to_everybody_and_nothing_more(engine: Engine, tmp_path: Path) -> None:
    key = make_key(tmp_path / "key.pem")
    wired = wiring(engine, tmp_path, fhir_private_key_file=tmp_path / "key.pem")
    app = create_app(chosen_areas(wired, ["keys", "fhir"]), engine, "service-token")
    with served(app) as url:
        assert requests.get(f"{url}/.well-known/jwks.json", timeout=5).json() == jwks([key])
        assert requests.get(f"{url}/.well-known/other", timeout=5).status_code == 404
        assert requests.get(f"{url}/fhir/R4/metadata", timeout=5).status_code == 401
