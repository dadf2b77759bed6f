"""A disk so small that it can be filled: a file system in memory (root, Linux) and a file that takes all its room."""

from __future__ import annotations

import errno
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PIECE = 64 * 1024


class NotAllowed(Exception):
    """This user or this kernel mounts nothing."""


@dataclass(frozen=True)
class SmallDisk:
    """A mounted file system."""

    root: Path

    def fill(self) -> None:
        """Leave no byte free."""
        with self._filler.open("ab", buffering=0) as filler:
            for size in (PIECE, 4096, 1):
                self._write_all(filler.write, b"\0" * size)

    def make_room(self) -> None:
        """Give back what was taken."""
        self._filler.unlink(missing_ok=True)

    @staticmethod
    def _write_all(write: object, piece: bytes) -> None:
        assert callable(write)
        try:
            while write(piece):
                pass
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise

    @property
    def _filler(self) -> Path:
        return self.root / "filler"


@contextmanager
def small_disk(root: Path, megabytes: int) -> Iterator[SmallDisk]:
    """A file system of this size at `root` until the block ends; raises NotAllowed."""
    root.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", str(root)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NotAllowed(f"mount: {(getattr(error, 'stderr', '') or str(error)).strip()}") from error
    try:
        yield SmallDisk(root)
    finally:
        subprocess.run(["umount", "--lazy", str(root)], check=True, capture_output=True, timeout=60)
