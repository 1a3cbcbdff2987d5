"""Which ODBC driver is taken, and what is said when there is none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

from cdcmig.errors import SourceError
from cdcmig.source import driver
from cdcmig.source.connection import complete_url
from cdcmig.source.driver import find_driver, linux_family, wheel_files

NOTHING = Path("/nonexistent")
OTHER = "SQLite3"
MICROSOFT_18, MICROSOFT_17 = driver.INSTALLED


@pytest.fixture(autouse=True)
def no_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "_FREETDS_FILES", ())
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr(sys, "platform", "linux")


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    for family in ("debian_ubuntu", "rhel", "suse", "alpine"):
        for machine in ("x86_64", "arm64"):
            folder = tmp_path / "libs" / "linux" / family / machine / "lib"
            folder.mkdir(parents=True)
            (folder / "libmsodbcsql-18.6.so.2.1").touch()
            (folder / "libodbcinst.so.2").touch()
    return tmp_path


def os_release(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "os-release"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("url", "installed", "driver"),
    [
        ("mssql://h/d", True, "mssqlpython"),
        ("mssql://h/d?Driver=D", True, "pyodbc"),
        ("mssql+pyodbc://h/d?driver=D", True, "pyodbc"),
        ("mssql://h/d", False, None),
    ],
)
def test_mssql_python_where_pyodbc_cannot_be_loaded(
    url: str, installed: bool, driver: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, there = tmp_path / "broken", tmp_path / "there"
    for folder, name, text in (
        (broken, "pyodbc", "raise ImportError('libodbc.so.2: cannot open shared object file')"),
        (there, "mssql_python", ""),
    ):
        folder.mkdir()
        (folder / f"{name}.py").write_text(text)
        monkeypatch.delitem(sys.modules, name, raising=False)
    path = (
        [entry for entry in sys.path if not (Path(entry) / "mssql_python").is_dir()]
        if not installed
        else sys.path
    )
    monkeypatch.setattr(sys, "path", [str(broken), *([str(there)] if installed else []), *path])
    if driver:
        assert complete_url(make_url(url)).get_driver_name() == driver
        return
    with pytest.raises(SourceError, match=r"libodbc\.so\.2[^$]*pip install mssql-python"):
        complete_url(make_url(url))


def test_the_order(wheel: Path) -> None:
    names = ["FreeTDS", MICROSOFT_17, MICROSOFT_18]
    assert find_driver(names, {"CDCMIG_ODBC_DRIVER": "mine"}, wheel).value == "mine"
    assert find_driver(names, {}, wheel).value == MICROSOFT_18
    assert find_driver(["FreeTDS", MICROSOFT_17], {}, wheel).value == MICROSOFT_17
    assert find_driver(["FreeTDS"], {}, wheel).value.endswith("/x86_64/lib/libmsodbcsql-18.6.so.2.1")
    found = find_driver(["FreeTDS"], {}, NOTHING)
    assert (found.value, found.is_freetds) == ("FreeTDS", True)


def test_an_unregistered_freetds_is_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "libtdsodbc.so"
    file.touch()
    monkeypatch.setattr(driver, "_FREETDS_FILES", (str(file),))
    found = find_driver([OTHER], {}, NOTHING)
    assert (found.value, found.is_freetds) == (str(file), True)


def test_the_error_lists_what_was_looked_for_and_the_cure() -> None:
    with pytest.raises(SourceError) as raised:
        find_driver([OTHER], {}, NOTHING)
    text = str(raised.value)
    for looked in ("CDCMIG_ODBC_DRIVER", MICROSOFT_18, MICROSOFT_17, "mssql-python-odbc", "FreeTDS", OTHER):
        assert looked in text
    assert text.endswith("hint: pip install 'cdcmig[mssql]'")


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("ID=debian\n", "debian_ubuntu"),
        ('ID=ubuntu\nID_LIKE="debian"\n', "debian_ubuntu"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', "rhel"),
        ('ID="opensuse-leap"\nID_LIKE="suse opensuse"\n', "suse"),
        ("ID=alpine\n", "alpine"),
    ],
)
def test_the_family_of_the_linux(tmp_path: Path, wheel: Path, text: str, family: str) -> None:
    release = os_release(tmp_path, text)
    assert linux_family(release) == family
    first = next(wheel_files(wheel, release))
    assert first == wheel / "libs" / "linux" / family / "x86_64" / "lib" / "libmsodbcsql-18.6.so.2.1"


def test_a_wheel_for_another_machine_is_of_no_use(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    assert list(wheel_files(wheel)) == []


def test_arm(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert "arm64" in str(next(wheel_files(wheel)))


def test_no_os_release_means_debian(tmp_path: Path) -> None:
    assert linux_family(tmp_path / "missing") == "debian_ubuntu"


def test_without_pyodbc_the_cure_is_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyodbc", None)
    with pytest.raises(SourceError, match="pyodbc is not installed") as raised:
        find_driver(None, {}, NOTHING)
    assert raised.value.hint == "pip install 'cdcmig[mssql]'"


def test_the_wheel_that_is_installed_here_has_a_driver_for_this_machine() -> None:
    folder = driver.wheel_folder()
    if folder is None:
        pytest.skip("mssql-python-odbc is not installed")
    assert next(wheel_files(folder)).is_file()
