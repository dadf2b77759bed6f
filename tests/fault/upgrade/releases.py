"""A newer release of Latido for the rehearsal: its code with one migration more, and a model under another id."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
MODEL = PROJECT / "models" / "latido.tar.gz"
VERSION = "99.0.0"
REVISION = "rehearsal"
MIGRATION = '''"""What a release may bring: a column, a table, an index. Nothing is taken away."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{newest}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message", sa.Column("rehearsed", sa.Text))
    op.create_table("rehearsal", sa.Column("id", sa.BigInteger, primary_key=True))
    op.create_index("ix_message_rehearsed", "message", ["rehearsed"])
'''


def newer_release(directory: Path) -> Path:
    """Latido's service as it would be in the next release; the directory to run it from."""
    for name in ("latido", "tracelog", "data"):
        shutil.copytree(PROJECT / name, directory / name)
    package = directory / "latido"
    (package / "__init__.py").write_text(f'"""The next release."""\n\n__version__ = "{VERSION}"\n', encoding="utf-8")
    versions = package / "migrations" / "versions"
    newest = max(path.name[:4] for path in versions.glob("[0-9]*.py"))
    migration = MIGRATION.format(revision=REVISION, newest=newest)
    (versions / f"{REVISION}.py").write_text(migration, encoding="utf-8")
    return directory


def model_id(model: Path) -> str:
    """The id that a model's turns carry."""
    with tarfile.open(model) as archive:
        found = archive.extractfile("metadata.json")
        assert found is not None
        return str(json.load(found)["model_id"])


def newer_model(path: Path) -> str:
    """The same model under another id; returns the id."""
    with tarfile.open(MODEL) as trained, tarfile.open(path, "w:gz", compresslevel=1) as copied:
        for member in trained:
            content = trained.extractfile(member)
            if content is not None and member.name == "metadata.json":
                told = json.load(content)
                told["model_id"] = f"{told['model_id'][:-4]}next"
                renamed = json.dumps(told).encode()
                member.size, content = len(renamed), io.BytesIO(renamed)
            copied.addfile(member, content)
    return model_id(path)
