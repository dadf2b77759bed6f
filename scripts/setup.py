"""Make both environments from their lock files: quick when nothing changed, and never half done.

Needs only a Python 3.11 or newer and the package registry. Run by `make setup`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
STAMP = ".latido-stamp"
BIN = "Scripts" if os.name == "nt" else "bin"


def main() -> int:
    """Set both environments up; 0 when they are ready."""
    if sys.version_info < (3, 11):
        return _stop("Latido needs Python 3.11 or newer to start from; this one is older. Try: make PYTHON=python3.12")
    started = time.monotonic()
    uv = find_uv()
    environment = ROOT / ".venv"
    if _outdated(environment, ROOT / "requirements-dev.lock", ROOT / "pyproject.toml"):
        _install(uv, environment, sys.executable, ROOT / "requirements-dev.lock", "service environment (1 of 2)")
        _run([uv, "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "-e", str(ROOT)], environment)
        _stamp(environment, ROOT / "requirements-dev.lock", ROOT / "pyproject.toml")
    bot = ROOT / ".venv-bot"
    if _outdated(bot, ROOT / "bot" / "requirements.lock"):
        python = find_python_3_10(uv)
        if python is None:
            return _stop("Rasa needs Python 3.10 and none was found: install python3.10, or `pyenv install 3.10`.")
        _install(uv, bot, python, ROOT / "bot" / "requirements.lock", "bot environment with Rasa (2 of 2)")
        _stamp(bot, ROOT / "bot" / "requirements.lock")
    _say(f"ready in {time.monotonic() - started:.0f} s")
    return 0


def find_uv() -> str:
    """A uv that runs: the one on the PATH, or one of our own from the registry."""
    for candidate in (shutil.which("uv"), str(TOOLS / BIN / "uv")):
        if candidate and _works([candidate, "--version"]):
            return candidate
    _say("installing uv, the package installer")
    subprocess.run([sys.executable, "-m", "venv", str(TOOLS)], check=True)
    subprocess.run([str(TOOLS / BIN / "python"), "-m", "pip", "install", "--quiet", "uv"], check=True)
    return str(TOOLS / BIN / "uv")


def find_python_3_10(uv: str) -> str | None:
    """A Python 3.10: on the PATH, of pyenv, known to uv, or downloaded by uv; None when there is none."""
    for candidate in _candidates():
        if _works([candidate, "-c", "import sys; sys.exit(sys.version_info[:2] != (3, 10))"]):
            return candidate
    found = subprocess.run([uv, "python", "find", "3.10"], capture_output=True, text=True, cwd=TOOLS.parent)
    if found.returncode == 0:
        return found.stdout.strip()
    _say("downloading Python 3.10")
    return "3.10" if _works([uv, "python", "install", "3.10"]) else None


def _candidates() -> Iterator[str]:
    on_path = shutil.which("python3.10")
    if on_path:
        yield on_path
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in sorted(pyenv.glob("3.10*"), reverse=True):
        yield str(version / BIN / "python")


def _install(uv: str, environment: Path, python: str, lock: Path, name: str) -> None:
    packages = sum(1 for line in lock.read_text(encoding="utf-8").splitlines() if "==" in line)
    _say(f"{name}: {packages} packages, a minute or so the first time")
    (environment / STAMP).unlink(missing_ok=True)
    if not (environment / BIN / "python").exists():
        _run([uv, "venv", "--quiet", "--python", python, str(environment)], environment)
    sync = [uv, "pip", "sync", "--require-hashes", "--compile-bytecode", str(lock)]
    if not sys.stderr.isatty():  # uv's bars are for eyes; a log would get a line per package instead
        sync.append("--quiet")
    _retry(lambda: _run(sync, environment))


def _retry(action: Callable[[], None], tries: int = 3) -> None:
    for attempt in range(1, tries + 1):
        try:
            action()
            return
        except subprocess.CalledProcessError:
            if attempt == tries:
                raise
            _say("the registry did not answer as it should; trying again")
            time.sleep(3 * attempt)


def _run(command: list[str], environment: Path) -> None:
    subprocess.run(command, check=True, env={**os.environ, "VIRTUAL_ENV": str(environment)}, cwd=ROOT)


def _works(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files) + str(ROOT).encode()).hexdigest()


def _outdated(environment: Path, *files: Path) -> bool:
    stamp = environment / STAMP
    return not stamp.exists() or stamp.read_text(encoding="ascii") != _digest(*files)


def _stamp(environment: Path, *files: Path) -> None:
    (environment / STAMP).write_text(_digest(*files), encoding="ascii")


def _say(text: str) -> None:
    print(f"setup: {text}", flush=True)


def _stop(text: str) -> int:
    print(f"setup: {text}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
