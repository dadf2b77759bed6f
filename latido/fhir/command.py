"""`latido fhir`: Latido's key at a city's server, and what such a server can do."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from latido.fhir.city import CityServerUnset, city_session, client_key
from latido.fhir.doctor import Probe, examine
from latido.fhir.doctor.table import lines
from latido.fhir.keys import KeyUnusable, Kind, jwks, make_key
from latido.settings import Settings


def fhir_group(settings: Callable[[], Settings], more: Callable[[Settings], Sequence[Probe]]) -> click.Group:
    """The `fhir` command with its own commands; `more` are the probes that other parts add to the doctor's."""

    @click.group()
    def fhir() -> None:
        """A city's own FHIR server in the embedded one's place (docs/city-server.md)."""

    @fhir.command()
    @click.option("--new", type=click.Path(path_type=Path), metavar="FILE", help="Make a key in this PEM file first.")
    @click.option("--kind", type=click.Choice(["ec", "rsa"]), default="ec", help="P-384 (ES384) or RSA (RS384).")
    def keys(new: Path | None, kind: Kind) -> None:
        """Print the public keys (a JWKS) that the city's server verifies Latido's signature with.

        `latido web` serves the same at /.well-known/jwks.json.
        """
        try:
            key = make_key(new, kind) if new else client_key(settings())
        except (KeyUnusable, CityServerUnset) as error:
            raise click.ClickException(str(error)) from error
        if key is None:
            raise click.ClickException(
                "LATIDO_FHIR_PRIVATE_KEY_FILE is not set; `latido fhir keys --new FILE` makes a key"
            )
        if new:
            click.echo(f"the private key is in {new}: set LATIDO_FHIR_PRIVATE_KEY_FILE={new}", err=True)
        click.echo(json.dumps(jwks([key]), indent=2))

    @fhir.command()
    @click.argument("url", required=False)
    @click.option("--write", is_flag=True, help="Also make one tagged test Patient without data, and take it away.")
    def doctor(url: str | None, write: bool) -> None:
        """Say what the FHIR server at URL supports, and what Latido will do without. Default: LATIDO_FHIR_URL.

        Ends with 0 when Latido can use it, with 1 when not. The token that is set goes there.
        """
        current = settings()
        base_url = url or current.fhir_url
        if base_url is None:
            raise click.UsageError("name a URL, or set LATIDO_FHIR_URL")
        try:
            session = city_session(base_url, current)
            probes = more(current)
        except CityServerUnset as error:
            raise click.ClickException(str(error)) from error
        report = examine(base_url.rstrip("/"), session, current.fhir_base_url_aliases, write, probes)
        for line in lines(report):
            click.echo(line)
        raise SystemExit(0 if report.usable else 1)

    return fhir
