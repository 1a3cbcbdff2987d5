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
    assert "cdcmig repair" in message


def test_a_record_that_is_gone_is_the_one_fault(scripts: Path) -> None:
    (scripts / "checksums.txt").unlink()
    with pytest.raises(ChecksumError) as caught:
        verify(scripts)
    assert str(caught.value) == (
        f"{scripts / 'checksums.txt'}: is missing: restore it from git (git checkout -- FILE)"
    )
    checksums.verify(scripts, [scripts / "changesets"])


def test_a_record_that_was_altered_is_thought_of(scripts: Path) -> None:
    file = scripts / "checksums.txt"
    file.write_text("0" * 64 + file.read_text()[64:])
    with pytest.raises(ChecksumError, match="or its line in checksums") as caught:
        verify(scripts)
    assert "git checkout -- FILE or, if FILE is unchanged in git, checksums.txt" in str(caught.value)


def test_a_renamed_file_is_told_as_that(scripts: Path) -> None:
    folder = scripts / "versions/sink/avansas"
    (folder / "0001_one.py").rename(folder / "0009_one.py")
    (folder / "0003_new.py").write_text("")
    with pytest.raises(ChecksumError) as caught:
        verify(scripts)
    renamed, added = sorted(str(caught.value).splitlines(), reverse=True)
    assert renamed == f"{folder / '0009_one.py'}: was renamed from 0001_one.py: rename it back"
    assert "0003_new.py: was added by hand" in added


def test_a_moved_file_is_told_with_its_folder(scripts: Path) -> None:
    other = scripts / "versions/sink/bravo"
    other.mkdir()
    for name in ("0001_one.py", "0002_two.py"):
        (scripts / "versions/sink/avansas" / name).rename(other / name)
    (scripts / "versions/sink/bravo/copy_of_two.py").write_bytes((other / "0002_two.py").read_bytes())
    faults = checksums.faults(scripts, [scripts / "versions"])
    told = {finding.file: finding.message for finding in faults}
    assert told.keys() == {other / name for name in ("0001_one.py", "0002_two.py", "copy_of_two.py")}
    assert told[other / "0001_one.py"] == "was renamed from versions/sink/avansas/0001_one.py: rename it back"
    assert told[other / "copy_of_two.py"].startswith("was added by hand")


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


def test_of_a_folder_what_is_new_or_edited_is_taken(scripts: Path) -> None:
    places = [scripts / "changesets", scripts / "versions"]
    folder = scripts / "versions/sink/avansas"
    assert checksums.unrecorded(scripts, places, scripts) == []
    (folder / "0002_two.py").write_text("name = 'other'\n")
    (folder / "0003_three.py").write_text("")
    (folder / "notes.txt").write_text("")
    wanted = [folder / "0002_two.py", folder / "0003_three.py"]
    for inside in (folder, folder.parent, scripts / "versions", scripts, scripts.parent):
        assert checksums.unrecorded(scripts, places, inside) == wanted
    checksums.record(wanted)
    assert checksums.unrecorded(scripts, places, folder) == []
    verify(scripts)


def test_a_folder_without_changesets_is_told(scripts: Path) -> None:
    other = scripts / "services"
    other.mkdir()
    with pytest.raises(ChecksumError, match="no changesets or revisions below it"):
        checksums.unrecorded(scripts, [scripts / "changesets", scripts / "versions"], other)


def test_a_folder_is_no_changeset(scripts: Path) -> None:
    folder = scripts / "versions/sink/odd.py"
    folder.mkdir()
    with pytest.raises(ChecksumError, match="neither a changeset nor a revision"):
        checksums.record([folder])
