"""`latido fhir keys`: the public half is printed, the private one never."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from latido.cli import cli
from latido.fhir.keys import load_key


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LATIDO_FHIR_PRIVATE_KEY_FILE", raising=False)
    return tmp_path


@pytest.mark.parametrize(("kind", "algorithm"), [("ec", "ES384"), ("rsa", "RS384")])
def test_a_new_key(elsewhere: Path, kind: str, algorithm: str) -> None:
    done = CliRunner().invoke(cli, ["fhir", "keys", "--new", "latido.pem", "--kind", kind])
    assert done.exit_code == 0
    (published,) = json.loads(done.stdout)["keys"]
    assert (published["alg"], published["kid"]) == (algorithm, load_key(elsewhere / "latido.pem").key_id)
    assert "d" not in published
    assert "BEGIN" not in done.output


def test_the_key_that_is_set(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    CliRunner().invoke(cli, ["fhir", "keys", "--new", "latido.pem"])
    monkeypatch.setenv("LATIDO_FHIR_PRIVATE_KEY_FILE", "latido.pem")
    monkeypatch.setenv("LATIDO_FHIR_KEY_ID", "ours")
    done = CliRunner().invoke(cli, ["fhir", "keys"])
    assert json.loads(done.stdout)["keys"][0]["kid"] == "ours"


def test_without_a_key_it_says_how_to_make_one() -> None:
    done = CliRunner().invoke(cli, ["fhir", "keys"])
    assert done.exit_code == 1
    assert "latido fhir keys --new" in done.output


def test_a_key_in_use_is_not_overwritten(elsewhere: Path) -> None:
    (elsewhere / "latido.pem").write_text("mine")
    done = CliRunner().invoke(cli, ["fhir", "keys", "--new", "latido.pem"])
    assert done.exit_code == 1
    assert (elsewhere / "latido.pem").read_text() == "mine"


def test_the_doctor_needs_an_address() -> None:
    done = CliRunner().invoke(cli, ["fhir", "doctor"])
    assert done.exit_code == 2
    assert "LATIDO_FHIR_URL" in done.output
