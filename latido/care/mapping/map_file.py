"""LATIDO_FHIR_MAP: what a city says of its own names (docs/city-server.md)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from latido.care.fhir_names import CENTER, SERVICE, SERVICES


class MapUnusable(Exception):
    """The map file cannot be used; the message says where and why."""


def _token(value: str) -> str:
    system, bar, code = value.partition("|")
    if not (system and bar and code):
        raise ValueError("write system|value")
    return value


def _known_service(value: str) -> str:
    if value not in SERVICES:
        raise ValueError(f"services are {', '.join(SERVICES)}")
    return value


Token = Annotated[str, AfterValidator(_token)]
Service = Annotated[str, AfterValidator(_known_service)]
LocationReference = Annotated[str, Field(pattern=r"^Location/[A-Za-z0-9\-.]{1,64}$")]
ScheduleReference = Annotated[str, Field(pattern=r"^Schedule/[A-Za-z0-9\-.]{1,64}$")]


class CenterNames(BaseModel):
    """One centre on the city's server: its Location by id or identifier, and Schedules that no search would find."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    location: LocationReference | None = None
    identifier: Token | None = None
    schedules: Mapping[Service, list[ScheduleReference]] = {}


class MapFile(BaseModel):
    """The whole file; what is left out is looked for under Latido's own names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    center_system: str = CENTER
    centers: Mapping[int, CenterNames] = {}
    services: Mapping[Service, list[Token]] = {}

    def codes(self, service: str) -> list[str]:
        """The service's codes as `system|code`: the city's first, then our own."""
        return list(dict.fromkeys([*self.services.get(service, []), f"{SERVICE}|{service}"]))

    def identifier(self, number: int) -> str:
        """The identifier, `system|value`, by which a centre's Location is searched for."""
        named = self.centers.get(number)
        return (named.identifier if named else None) or f"{self.center_system}|{number}"


def load_map(path: Path | None) -> MapFile:
    """The map in a YAML file; without one, Latido's own names. MapUnusable says what is wrong."""
    if path is None:
        return MapFile()
    try:
        return MapFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except OSError as error:
        raise MapUnusable(f"LATIDO_FHIR_MAP: cannot read {path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise MapUnusable(f"LATIDO_FHIR_MAP: {path} is not YAML: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise MapUnusable(f"LATIDO_FHIR_MAP: {path}: {wrong}") from error
    except (ValueError, RecursionError) as error:  # bytes that are no text, a day that is none
        raise MapUnusable(f"LATIDO_FHIR_MAP: {path} is not YAML: {error}") from error
