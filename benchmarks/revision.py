"""``cdcmig revision`` of the sample, dev database included, and what further tenants cost.

The floor is what nobody can avoid: Python imports SQLAlchemy and Alembic, and the server runs the DDL of all 41 tables
once. Further tenants are compared with writing their files.

    python -m benchmarks.revision
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import yaml

from benchmarks.measure import Paired, paired, seconds, table
from cdcmig.repository.layout import Layout
from cdcmig.runtime import embedded, target

ROOT = Path(__file__).parent.parent
LIMIT = 3.0
SCHEMAS = ("avansas", "directory")  # one of each state: 39 tables and 2


def main(rounds: int = 5) -> float:
    """Print the ratios; return that of the sample."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        sample = copy_sample(root / "sample")
        embedded.url(sample, "postgres")
        try:
            result = paired(lambda: revision(sample), floor(sample), rounds)
            table(
                "cdcmig revision, 41 tables × 27 schemas, from nothing",
                [("cdcmig revision", result.ours, result.ratio)],
                ("floor: import SQLAlchemy and Alembic, run the DDL of 41 tables once", result.floor),
                f"limit {LIMIT}×",
            )
            growth(sample)
        finally:
            embedded.stop(sample)
    return result.ratio


def copy_sample(root: Path) -> Path:
    """Return a copy of this repository's config, without its tree."""
    ignored = shutil.ignore_patterns("changesets", "versions", "checksums.txt", "__pycache__")
    for name in ("services", "alembic"):
        shutil.copytree(ROOT / name, root / name, ignore=ignored)
    shutil.copy(ROOT / "alembic.ini", root)
    return root


def revision(root: Path, *options: str) -> str:
    """Write the tree from nothing."""
    layout = Layout.at(root)
    for path in (layout.changesets, layout.versions):
        shutil.rmtree(path, ignore_errors=True)
    layout.checksums.unlink(missing_ok=True)
    command = ["cdcmig", "revision", "-m", "initial import", *options]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout


def floor(root: Path) -> Callable[[], None]:
    """Return the floor's work: a Python that imports, and the DDL as one script in a new database."""
    revision(root)
    scripts = [
        subprocess.run(
            ["alembic", "--quiet", "upgrade", "head", "-x", f"schema={schema}", "--sql"],
            cwd=root, check=True, capture_output=True, text=True,
        ).stdout
        for schema in SCHEMAS
    ]  # fmt: skip
    url = embedded.url(root, "bench_floor")
    psql = ["psql", "-X", "-q", "-h", str(url.query["host"]), "-U", "postgres", "-d", "bench_floor"]

    def work() -> None:
        subprocess.run([sys.executable, "-c", "import sqlalchemy, alembic.config, psycopg2"], check=True)
        target.create_database(url)
        for script in scripts:
            subprocess.run(psql, input=script, text=True, check=True, capture_output=True)
        target.drop_database(url)

    return work


def growth(root: Path, tenants: int = 1000) -> Paired:
    """Print what further tenants add, against writing as many files of the same size."""
    groups = root / "services" / "source-groups.yaml"
    original = groups.read_text()
    base = min(seconds(lambda: revision(root)) for _ in range(3))
    config = yaml.safe_load(original)
    sources = config["adopus"]["sources"]
    model = sources["Avansas"]
    sources.update({f"Tenant{number:04d}": model for number in range(tenants)})
    groups.write_text(yaml.safe_dump(config, allow_unicode=True, sort_keys=False))
    try:
        grown = min(seconds(lambda: revision(root)) for _ in range(3))
        text = next(Layout.at(root).versions.rglob("*.py")).read_text()
        files = min(seconds(partial(write_files, root / f"files{turn}", text, tenants)) for turn in range(3))
    finally:
        groups.write_text(original)
    per_tenant = (grown - base) / tenants
    table(
        f"Each further tenant, measured with {tenants:,} more",
        [("cdcmig revision, per tenant", per_tenant, per_tenant * tenants / files)],
        ("floor: mkdir and write one file of that size", files / tenants),
    )
    return Paired(per_tenant, files / tenants, per_tenant * tenants / files)


def write_files(folder: Path, text: str, count: int) -> None:
    """Write ``count`` files, each into a folder of its own."""
    for number in range(count):
        path = folder / f"tenant{number}" / "0001_initial_import.py"
        path.parent.mkdir(parents=True)
        path.write_text(text)


def holds() -> bool:
    """Run with the default sizes; return whether the limit is kept."""
    return main() <= LIMIT


if __name__ == "__main__":
    sys.exit(main() > LIMIT)
