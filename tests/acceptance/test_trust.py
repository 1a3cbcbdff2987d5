"""What `cdcmig check`, the history and Alembic's own commands say when a database or the files are not as they seem."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, create_engine, text

from tests.acceptance.repository import Repository, small_repository

KEY = "{name: Id, type: int, nullable: false, primary_key: true}"
COLUMNS = f"[{KEY}, {{name: Note, type: nvarchar(50)}}]"
CHANGESETS = "alembic/changesets/sink_shop.orders"
VERSIONS = "alembic/versions/sink_shop.orders"


class Shop(Repository):
    """A repository whose commands go to the test's database."""

    def __init__(self, root: Path, engine: Engine, dev: URL) -> None:
        super().__init__(root)
        self.engine = engine
        self.environment = {
            "CDCMIG_TARGET_URL": engine.url.render_as_string(hide_password=False),
            "CDCMIG_DEV_URL": dev.render_as_string(hide_password=False),
        }

    def alembic(self, *arguments: str, code: int = 0, schema: str = "acme") -> str:
        return self.run("alembic", *arguments, "-x", f"schema={schema}", code=code, **self.environment)

    def cdcmig(self, *arguments: str, code: int = 0) -> str:
        return self.run("cdcmig", *arguments, code=code, **self.environment)

    def history(self, schema: str = "acme") -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(self.cdcmig("history", "--schema", schema, "--json"))
        return rows

    def look(self, *schemas: str) -> list[str]:
        """Return the lines of `cdcmig check --target` about these schemas; none if all is well."""
        named = [part for schema in schemas for part in ("--schema", schema)]
        done = self._done(("cdcmig", "check", "--no-pending", "--target", *named), self.environment)
        assert done.returncode == (0 if done.stdout == "ok\n" else 1), done.stderr
        return [line.removeprefix(f"{VERSIONS}/") for line in done.stdout.splitlines() if line != "ok"]

    def revision(self, length: int) -> None:
        """Write a changeset that makes Note as long as this."""
        self.snapshot("T", COLUMNS.replace("50", str(length)))
        self.cdcmig("revision", "-m", f"notes {length}")

    def execute(self, sql: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(sql))

    def branch(self, schema: str = "acme") -> Path:
        return self.root / VERSIONS / schema


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory, server_url: URL) -> Path:
    """Two customers with three steps each: 0001_notes_50 and so on."""
    root = small_repository(tmp_path_factory.mktemp("tree") / "r", {"T": COLUMNS}, ["Acme", "Bravo"]).root
    shop = Shop(root, create_engine(server_url), server_url)
    for length in (50, 60, 70):
        shop.revision(length)
    return root


@pytest.fixture
def shop(tree: Path, tmp_path: Path, engine: Engine, server_url: URL) -> Shop:
    """A copy of the tree; no database has seen it."""
    return Shop(shutil.copytree(tree, tmp_path / "r"), engine, server_url)


def revision_of(file: Path) -> str:
    found = re.search(r"^revision = '(.*)'$", file.read_text(), re.MULTILINE)
    assert found
    return found[1]


def test_a_stamp_is_told_as_a_stamp(shop: Shop) -> None:
    shop.alembic("upgrade", "head", schema="bravo")
    shop.alembic("stamp", "base", schema="bravo")
    folder = shop.branch("bravo")
    shop.alembic("stamp", revision_of(folder / "0001_notes_50.py"), schema="bravo")
    shop.alembic("stamp", "head", schema="bravo")
    *_, last, base, first, head = shop.history("bravo")
    assert (last["direction"], bool(last["checksum"])) == ("upgrade", True)
    for row, revision, changeset in (
        (base, "base", None),
        (first, revision_of(folder / "0001_notes_50.py"), "changesets/sink_shop.orders/0001_notes_50"),
        (head, revision_of(folder / "0003_notes_70.py"), "changesets/sink_shop.orders/0003_notes_70"),
    ):
        assert (row["direction"], row["checksum"]) == ("stamp", None)
        assert (row["revision"], row["changeset"]) == (revision, changeset)
    shop.alembic("stamp", revision_of(folder / "0002_notes_60.py"), schema="bravo")
    assert shop.history("bravo")[-1]["changeset"] == "changesets/sink_shop.orders/0002_notes_60"
    told = shop.cdcmig("history", "--schema", "bravo").splitlines()
    assert [line.split()[3] for line in told[1:]] == ["↑", "↑", "↑", "stamp", "stamp", "stamp", "stamp"]


def test_a_stamp_of_a_script_is_told_too(shop: Shop) -> None:
    shop.alembic("upgrade", "head")
    script = shop.stdout(
        "alembic", "--quiet", "stamp", "head", "-x", "schema=bravo", "--sql", **shop.environment
    )
    assert "'stamp'" in script


def test_a_stamp_does_not_vouch_for_what_ran(shop: Shop) -> None:
    shop.alembic("upgrade", "head")
    shop.alembic("stamp", "head", schema="bravo")
    changeset = shop.root / CHANGESETS / "0003_notes_70.py"
    changeset.write_text(changeset.read_text() + "# edited\n")
    shop.cdcmig("repair", str(changeset))
    for revision in (revision_of(shop.branch() / "0002_notes_60.py"), "head"):
        [applied] = [line for line in shop.look() if ": applied: " in line]
        assert applied.endswith("was edited after it was applied to acme")
        shop.alembic("stamp", revision)


LEFT_BEHIND = """
CREATE UNIQUE INDEX "T_next_key" ON acme."T" ("Id", "Note");
ALTER TABLE acme."T" ADD "Note__next" text, ADD CONSTRAINT "T_Note_proven" CHECK ("Note" IS NOT NULL) NOT VALID;
CREATE FUNCTION acme."T_Note__next"() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER "T_Note__next" BEFORE INSERT ON acme."T" FOR EACH ROW EXECUTE FUNCTION acme."T_Note__next"();
"""


def test_what_a_killed_upgrade_left_behind_is_named_before_the_head_too(shop: Shop) -> None:
    shop.alembic("upgrade", "+2")
    shop.alembic("upgrade", "+1", schema="bravo")
    behind = [
        "acme: version: is at 0002_notes_60, 1 step behind the head 0003_notes_70",
        "bravo: version: is at 0001_notes_50, 2 steps behind the head 0003_notes_70",
    ]
    assert shop.look() == behind
    shop.execute(LEFT_BEHIND)
    shop.execute('ALTER TABLE bravo."T" ALTER "Note" TYPE varchar(60)')
    found = shop.look()
    assert found[:2] == behind
    assert [line.partition(" is not from any changeset")[0] for line in found[2:-1]] == [
        "acme: drift: column T.Note__next",
        "acme: drift: constraint T.T_Note_proven",
        "acme: drift: function T_Note__next()",
        "acme: drift: index T_next_key",
        "acme: drift: trigger T.T_Note__next",
    ]
    assert found[-1] == (
        "bravo: drift: column T.Note: expected character varying(50) COMMENT 'dbo.T.Note',"
        " found character varying(60) COMMENT 'dbo.T.Note'"
    )


def test_a_place_in_what_was_folded_is_not_compared(shop: Shop) -> None:
    shop.alembic("upgrade", "+2")
    shop.alembic("upgrade", "head", schema="bravo")
    shop.cdcmig("squash")
    shop.revision(80)
    for schema in ("acme", "bravo"):
        shop.execute(f'ALTER TABLE {schema}."T" ADD extra int')
    assert shop.look() == [
        "acme: version: is at 0002_notes_60, in the middle of the history that was squashed into 0004_baseline",
        "bravo: version: is at 0004_baseline, 1 step behind the head 0005_notes_80",
        "bravo: drift: column T.extra is not from any changeset: integer",
    ]


def test_a_second_row_in_the_version_table_is_told(shop: Shop) -> None:
    shop.alembic("upgrade", "head")
    first = revision_of(shop.branch() / "0001_notes_50.py")
    head = revision_of(shop.branch() / "0003_notes_70.py")
    shop.execute(f"INSERT INTO acme.alembic_version VALUES ('{first}'), ('feed')")
    [told] = shop.look("acme")
    assert told.startswith("acme: version: is at several revisions: ")
    for revision in (f"{first} (0001_notes_50)", "feed (not in any file)", f"{head} (0003_notes_70)"):
        assert revision in told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            "DELETE FROM cdc_management.merge_state WHERE schema_name = 'acme'",
            'merge state T is missing: expected staging "stg_T", procedure sp_merge_t',
        ),
        (
            "INSERT INTO cdc_management.merge_state (schema_name, table_name, staging_name, procedure_name,"
            " key_columns, fingerprint, active_slot) VALUES ('acme', 'X', 'stg_X', 'sp', '{Id}', '', 0)",
            'merge state X is not from any changeset: staging "stg_X"',
        ),
        (
            "UPDATE cdc_management.merge_state SET procedure_name = 'sp_other' WHERE schema_name = 'acme'",
            'merge state T: expected staging "stg_T", procedure sp_merge_t',
        ),
        ('ALTER TABLE acme."T" ENABLE ROW LEVEL SECURITY', "row level security T is not from any changeset"),
    ],
)
def test_what_keeps_rows_from_the_tables_is_told(shop: Shop, change: str, told: str) -> None:
    shop.alembic("upgrade", "head")
    assert shop.look("acme") == []
    shop.execute(
        "UPDATE cdc_management.merge_state SET generation = 7, active_slot = 1, fingerprint = 'other'"
    )
    assert shop.look("acme") == []
    shop.execute(change)
    [found] = shop.look("acme")
    assert found.startswith(f"acme: drift: {told}")


def test_checksums_that_are_gone_are_told_once(shop: Shop) -> None:
    (shop.root / "alembic/checksums.txt").unlink()
    for told in (shop.cdcmig("check", "--no-pending", code=1), shop.alembic("upgrade", "head", code=2)):
        assert "alembic/checksums.txt: " in told
        assert told.count("is missing: restore it from git (git checkout -- FILE)") == 1
        assert "added by hand" not in told


def test_a_checksum_that_was_altered_is_told_with_what_helps(shop: Shop) -> None:
    checksums = shop.root / "alembic/checksums.txt"
    checksums.write_text(re.sub(r"^[0-9a-f]{8}", "0" * 8, checksums.read_text(), flags=re.MULTILINE))
    for told in (shop.cdcmig("check", "--no-pending", code=1), shop.alembic("upgrade", "head", code=2)):
        assert "git checkout -- FILE or, if FILE is unchanged in git, checksums.txt" in told


def test_a_file_that_was_renamed_is_told_as_that(shop: Shop) -> None:
    file = shop.branch() / "0002_notes_60.py"
    file.rename(file.with_name("0002_sixty.py"))
    changeset = shop.root / CHANGESETS / "0003_notes_70.py"
    changeset.rename(changeset.with_name("0003_seventy.py"))
    for told in (shop.cdcmig("check", "--no-pending", code=1), shop.alembic("upgrade", "head", code=2)):
        assert "0002_sixty.py: " in told
        assert "was renamed from 0002_notes_60.py: rename it back" in told
        assert "was renamed from 0003_notes_70.py: rename it back" in told
        for wrong in ("added by hand", "was removed", "promote"):
            assert wrong not in told


def copied(source: Path, **assignments: str) -> None:
    """Copy a revision under another name, with other ids."""
    text = source.read_text()
    for name, value in assignments.items():
        text = re.sub(rf"^{name} = .*$", f"{name} = '{value}'", text, flags=re.MULTILINE)
    source.with_name("0009_copy.py").write_text(text)


def root_deleted(folder: Path) -> str:
    (folder / "0001_notes_50.py").unlink()
    return "0002_notes_60.py follows "


def loop(folder: Path) -> str:
    copied(folder / "0002_notes_60.py", revision="feed", down_revision="feed")
    return "0009_copy.py follows itself"


def circle(folder: Path) -> str:
    text = (folder / "0001_notes_50.py").read_text()
    head = revision_of(folder / "0003_notes_70.py")
    (folder / "0001_notes_50.py").write_text(
        text.replace("down_revision = None", f"down_revision = '{head}'")
    )
    return "0001_notes_50.py, 0002_notes_60.py and 0003_notes_70.py follow each other in a circle"


def same_id(folder: Path) -> str:
    copied(folder / "0002_notes_60.py")
    return "0009_copy.py has the revision id of 0002_notes_60.py"


def same_root(folder: Path) -> str:
    copied(folder / "0001_notes_50.py")
    return "0009_copy.py has the revision id of 0001_notes_50.py"


@pytest.mark.parametrize("harm", [root_deleted, loop, circle, same_id, same_root])
def test_a_broken_chain_ends_commands_with_a_message(shop: Shop, harm: Callable[[Path], str]) -> None:
    shop.alembic("upgrade", "head")
    expected = harm(shop.branch())
    broken = "sink_shop.orders/acme: the revisions form no single chain from base to head: "
    for command in (("current",), ("history",), ("show", "head"), ("check",)):
        told = shop.alembic(*command, code=2)
        assert broken + expected in told
        assert "hint: " in told
        assert "Warning" not in told
    assert expected in shop.run("alembic", "heads", code=2, **shop.environment)
    assert "notes 70" in shop.alembic("history", schema="bravo")
    assert expected in shop.cdcmig("check", "--no-pending", code=1)


def test_other_errors_of_alembic_stay_what_they_are(shop: Shop) -> None:
    shop.alembic("upgrade", "head")
    assert "FAILED: Can't locate revision identified by 'nope'" in shop.alembic("show", "nope", code=255)
    told = shop.run("alembic", "show", "head", code=255, **shop.environment)
    assert "Multiple head revisions are present" in told
    shop.alembic("downgrade", "-1")
    assert "Target database is not up to date" in shop.alembic("check", code=255)
