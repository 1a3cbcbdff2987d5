from pathlib import Path

import pytest

from cdcmig.errors import ChecksumError
from cdcmig.repository import checksums


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    (tmp_path / "env.py").write_text("")
    folder = tmp_path / "versions" / "sink" / "avansas"
    folder.mkdir(parents=True)
    for name in ("0001_one.py", "0002_two.py"):
        (folder / name).write_text(f"name = {name!r}\n")
        checksums.record([folder / name])
    return tmp_path


def verify(scripts: Path) -> None:
    checksums.verify(scripts, [scripts / "versions" / "sink" / "avansas"])


def test_untouched_files_pass(scripts: Path) -> None:
    verify(scripts)


def test_line_ends_do_not_count(scripts: Path) -> None:
    file = scripts / "versions/sink/avansas/0001_one.py"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    verify(scripts)


def test_format_is_that_of_sha256sum(scripts: Path) -> None:
    lines = (scripts / "checksums.txt").read_text().splitlines()
    assert [line[64:] for line in lines] == [
        "  versions/sink/avansas/0001_one.py",
        "  versions/sink/avansas/0002_two.py",
    ]


def test_all_faults_are_named_together(scripts: Path) -> None:
    folder = scripts / "versions/sink/avansas"
    (folder / "0001_one.py").write_text("name = 'other'\n")
    (folder / "0002_two.py").unlink()
    (folder / "0003_three.py").write_text("")
    with pytest.raises(ChecksumError) as caught:
        verify(scripts)
    message = str(caught.value)
    assert f"{folder / '0001_one.py'}: was edited" in message
    assert f"{folder / '0002_two.py'}: was removed" in message
    assert f"{folder / '0003_three.py'}: was added by hand" in message
    assert "cdcmig seal" in message


def test_broken_line_is_named(scripts: Path) -> None:
    file = scripts / "checksums.txt"
    file.write_text(file.read_text() + "<<<<<<< HEAD\n")
    with pytest.raises(ChecksumError, match=r"checksums\.txt:3"):
        verify(scripts)


def test_only_changesets_and_revisions_are_recorded(
    scripts: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = (scripts / "checksums.txt").read_text()
    good = scripts / "versions/sink/avansas/0003_three.py"
    good.write_text("")
    notes = scripts / "versions/sink/notes.txt"
    notes.write_text("")
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "shop.yaml"
    elsewhere.write_text("")
    for bad in (elsewhere, notes, scripts / "env.py"):
        with pytest.raises(ChecksumError, match="neither a changeset nor a revision"):
            checksums.record([good, bad])
    checksums.record([good], write=False)
    assert (scripts / "checksums.txt").read_text() == before
