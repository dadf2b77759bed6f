"""`latido fhir`: Latido's key at a city's server, and what such a server can do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click

from latido.fhir.city import CityServerUnset, client_key
from latido.fhir.keys import KeyUnusable, Kind, jwks, make_key
from latido.settings import Settings


def fhir_group(settings: Callable[[], Settings]) -> click.Group:
    """The `fhir` command with its own commands."""

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

    return fhir
