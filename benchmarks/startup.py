"""Start-up: ``alembic upgrade head -x schema=…`` with nothing to do, against ``alembic current`` of a stock repository.

The floor is Alembic's own generic template, empty, on the same server. The repository under test holds
1,000 tenants of 20 revisions each.

    python -m benchmarks.startup [tenants] [revisions]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import paired, table
from cdcmig.repository import checksums, scaffold
from cdcmig.repository.branches import render_revision
from cdcmig.repository.layout import INFRASTRUCTURE, Layout, branch_label, revision_id
from cdcmig.runtime import embedded, target

SINK = "sink_bench.bench"
LIMIT = 1.5


def main(tenants: int = 1000, revisions: int = 20, rounds: int = 15) -> float:
    """Print the ratio, and return it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        ours, stock = root / "ours", root / "stock"
        large_repository(ours, tenants, revisions)
        url = embedded.url(ours, "bench")
        with target.connect(url):
            pass
        environment = os.environ | {"CDCMIG_TARGET_URL": url.render_as_string(hide_password=False)}
        stock_repository(stock, url.render_as_string(hide_password=False))
        upgrade = ["alembic", "upgrade", "head", "-x", "schema=tenant_0007"]
        current = ["alembic", "current"]
        subprocess.run(upgrade, cwd=ours, env=environment, check=True, capture_output=True)
        try:
            result = paired(
                lambda: subprocess.run(upgrade, cwd=ours, env=environment, check=True, capture_output=True),
                lambda: subprocess.run(current, cwd=stock, env=environment, check=True, capture_output=True),
                rounds,
            )
        finally:
            embedded.stop(ours)
    table(
        f"Start-up, {tenants:,} tenants × {revisions} revisions",
        [("alembic upgrade head -x schema=…, nothing to do", result.ours, result.ratio)],
        ("floor: alembic current, empty stock repository", result.floor),
        f"limit {LIMIT}×",
    )
    return result.ratio


def large_repository(root: Path, tenants: int, revisions: int) -> None:
    """Write a repository whose changesets do next to nothing."""
    scaffold.init(root)
    layout = Layout.at(root)
    texts: dict[Path, str] = {}
    for schema in [INFRASTRUCTURE, *(f"tenant_{number:04d}" for number in range(tenants))]:
        down = None
        steps = 1 if schema == INFRASTRUCTURE else revisions
        for number in range(1, steps + 1):
            step = f"{number:04d}_step"
            down_before, down = down, revision_id(SINK, schema, step)
            label = branch_label(schema) if number == 1 else None
            text = render_revision(SINK, schema, step, "step", down_revision=down_before, label=label)
            texts[layout.branch(SINK, schema) / f"{step}.py"] = text
            texts[layout.changeset_folder(SINK, schema) / f"{step}.py"] = (
                _INFRASTRUCTURE if schema == INFRASTRUCTURE else _CHANGESET.format(number=number)
            )
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    layout.checksums.write_text(
        checksums.render(
            {
                path.relative_to(layout.scripts).as_posix(): checksums.digest(text.encode())
                for path, text in texts.items()
            }
        )
    )


_CHANGESET = '''"""step"""

import sqlalchemy as sa
from alembic import op


def upgrade(schema: str) -> None:
    op.create_table("t{number}", sa.Column("id", sa.Integer()), schema=schema)


def downgrade(schema: str) -> None:
    op.drop_table("t{number}", schema=schema)
'''
_INFRASTRUCTURE = '''"""infrastructure"""

from alembic import op


def upgrade(schema: str) -> None:
    op.execute(
        "CREATE TABLE cdc_management.migration_history (schema_name text, revision text, changeset text,"
        " direction text, checksum text, started_at timestamptz, duration_ms bigint,"
        " db_user text, os_user text, ci_job text,"
        " cdcmig_version text, alembic_version text)"
    )


def downgrade(schema: str) -> None:
    op.execute("DROP TABLE cdc_management.migration_history")
'''


def stock_repository(root: Path, url: str) -> None:
    """Write what ``alembic init`` writes, with the URL put in."""
    root.mkdir()
    subprocess.run(["alembic", "init", "alembic"], cwd=root, check=True, capture_output=True)
    ini = root / "alembic.ini"
    lines = [
        f"sqlalchemy.url = {url.replace('%', '%%')}" if line.startswith("sqlalchemy.url") else line
        for line in ini.read_text().splitlines()
    ]
    ini.write_text("\n".join(lines) + "\n")


def holds() -> bool:
    """Run with the default sizes; return whether the limit is kept."""
    return main() <= LIMIT


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])) > LIMIT)
