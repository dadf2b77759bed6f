"""The contents, kept in a file as Twilio keeps them for good: Latido remembers their sids over its own restarts."""

import json
from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from latido.emulator.model import Content


class Shelf:
    """Contents by sid; with a path every change is one more line of that file, read again at the start."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._contents: dict[str, Content] = {}
        if path is not None and path.exists():
            self._read(path)

    def get(self, sid: str) -> Content | None:
        """The content of this sid."""
        return self._contents.get(sid)

    def all(self) -> Collection[Content]:
        """Every content, oldest first."""
        return list(self._contents.values())

    def put(self, content: Content) -> None:
        """Keep a content, new or changed."""
        self._contents[content.sid] = content
        self._write({"put": asdict(content) | {"created": content.created.isoformat()}})

    def remove(self, sid: str) -> None:
        """Forget one; KeyError when it is not there."""
        del self._contents[sid]
        self._write({"remove": sid})

    def clear(self) -> None:
        """Forget all."""
        self._contents.clear()
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _read(self, path: Path) -> None:
        for line in path.read_text(encoding="utf-8").splitlines():
            change = _parsed(line)
            if "put" in change:
                content = Content(**change["put"])
                self._contents[content.sid] = replace(content, created=datetime.fromisoformat(str(content.created)))
            self._contents.pop(change.get("remove", ""), None)

    def _write(self, change: dict[str, Any]) -> None:
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(change, ensure_ascii=False) + "\n")


def _parsed(line: str) -> dict[str, Any]:
    """One change; nothing for a line that a kill has cut short."""
    try:
        change: dict[str, Any] = json.loads(line)
    except ValueError:
        return {}
    return change
