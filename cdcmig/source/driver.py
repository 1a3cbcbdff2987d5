"""Which package speaks to SQL Server, and which ODBC driver pyodbc uses: installed, or the file that pip brought."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from cdcmig.errors import SourceError

VARIABLE = "CDCMIG_ODBC_DRIVER"
INSTALLED = ("ODBC Driver 18 for SQL Server", "ODBC Driver 17 for SQL Server")
WHEEL = "mssql_python_odbc"
FREETDS = "FreeTDS"
_MSSQL_PYTHON = ("mssql_python", "sqlalchemy.dialects.mssql.mssqlpython")  # the package, and SQLAlchemy 2.1

_FAMILIES = {"alpine": ("alpine",), "suse": ("suse", "sles"), "rhel": ("rhel", "fedora", "centos")}
_MACHINES = {"x86_64": ("x86_64", "x64"), "amd64": ("x86_64", "x64"), "aarch64": ("arm64", "aarch64")}
_FREETDS_FILES = (
    "/usr/lib/*/odbc/libtdsodbc.so",
    "/usr/lib*/libtdsodbc.so*",
    "/opt/homebrew/lib/libtdsodbc.so",
)


@dataclass(frozen=True)
class Driver:
    """An ODBC driver: what stands after ``Driver=`` (a registered name or a file), and how it was found."""

    value: str
    origin: str

    @property
    def is_freetds(self) -> bool:
        """Whether it takes FreeTDS's connection keywords instead of Microsoft's."""
        return "tds" in Path(self.value).name.lower()


def default_package() -> str:
    """Return SQLAlchemy's name for the package that ``mssql://`` means.

    That is pyodbc; where it cannot be loaded, as its wheel lacks the driver manager, mssql-python if that is there.
    """
    try:
        import pyodbc  # noqa: F401 - to see whether it can be loaded
    except ImportError:
        if all(find_spec(name) for name in _MSSQL_PYTHON):
            return "mssqlpython"
    return "pyodbc"


def find_driver(
    registered: Sequence[str] | None = None,
    environment: Mapping[str, str] | None = None,
    wheel: Path | None = None,
) -> Driver:
    """Return the first driver of the order: variable, Microsoft's 18 or 17, the wheel's file, FreeTDS.

    Args:
        registered: names in odbcinst.ini; asked from pyodbc by default.
        environment: ``os.environ`` by default.
        wheel: the folder of the package mssql_python_odbc; looked up by default.

    Raises:
        SourceError: none is there; names every place that was looked at.
    """
    environment = os.environ if environment is None else environment
    if chosen := environment.get(VARIABLE):
        return Driver(chosen, f"the variable {VARIABLE}")
    names = _registered() if registered is None else registered
    for name in INSTALLED:
        if name in names:
            return Driver(name, "installed on this machine")
    for file in wheel_files(wheel or wheel_folder()):
        return Driver(str(file), f"the package {WHEEL.replace('_', '-')}")
    if FREETDS in names:
        return Driver(FREETDS, "installed on this machine")
    for pattern in _FREETDS_FILES:
        for file in sorted(Path("/").glob(pattern.lstrip("/"))):
            return Driver(str(file), "installed on this machine, not registered")
    raise _nothing_found(names)


def wheel_folder() -> Path | None:
    """Return the folder of the package mssql_python_odbc without importing it, or None."""
    spec = find_spec(WHEEL)
    return Path(spec.origin).parent if spec and spec.origin else None


def wheel_files(folder: Path | None, os_release: Path = Path("/etc/os-release")) -> Iterator[Path]:
    """Yield the driver files in the wheel that fit this machine, the fittest first.

    The wheel holds ``libs/linux/<family>/<machine>/lib/libmsodbcsql-18.6.so.2.1``, and on macOS
    ``libs/macos/<machine>/lib/libmsodbcsql.18.dylib``. On Windows a driver works only once it is registered.
    """
    if folder is None:
        return
    machine = platform.machine().lower()
    machines = _MACHINES.get(machine, (machine,))
    if sys.platform == "darwin":
        roots = [folder / "libs" / "macos"]
    else:
        linux = folder / "libs" / "linux"
        family = linux_family(os_release)
        roots = [linux / family, *sorted(other for other in linux.glob("*") if other.name != family)]
    for root in roots:
        for machine in machines:
            yield from sorted((root / machine / "lib").glob("libmsodbcsql[-.]*"), reverse=True)


def linux_family(os_release: Path) -> str:
    """Return the wheel's name for this Linux: alpine, suse, rhel, or debian_ubuntu for all others."""
    try:
        lines = os_release.read_text(encoding="utf-8").splitlines()
    except OSError:
        return "debian_ubuntu"
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    words = " ".join(values.get(key, "").strip("\"'") for key in ("ID", "ID_LIKE")).split()
    for family, names in _FAMILIES.items():
        if any(word.startswith(names) for word in words):
            return family
    return "debian_ubuntu"


def _registered() -> list[str]:
    """Ask pyodbc for the drivers in odbcinst.ini."""
    try:
        import pyodbc
    except ModuleNotFoundError as missing:
        raise SourceError(
            "the package pyodbc is not installed", hint="pip install 'cdcmig[mssql]'"
        ) from missing
    except ImportError as broken:
        raise SourceError(
            f"pyodbc cannot be loaded: {broken}",
            hint=f"install the ODBC driver manager: {driver_manager_command()}"
            " (or use a package that needs none: pip install mssql-python; or --url mssql+pymssql://…)",
        ) from broken
    return list(pyodbc.drivers())


def driver_manager_command() -> str:
    """Return the command that installs unixODBC here."""
    if sys.platform == "darwin":
        return "brew install unixodbc"
    commands = {
        "alpine": "apk add unixodbc libltdl krb5-libs",
        "suse": "zypper install -y unixODBC",
        "rhel": "dnf install -y unixODBC libtool-ltdl krb5-libs",
    }
    return commands.get(linux_family(Path("/etc/os-release")), "apt-get install -y unixodbc libgssapi-krb5-2")


def _nothing_found(names: Sequence[str]) -> SourceError:
    looked = [
        f"the variable {VARIABLE}: not set",
        *(f'"{name}" in odbcinst.ini: not there' for name in INSTALLED),
        f"the package {WHEEL.replace('_', '-')}: not installed, or without a file for {platform.machine()}",
        f'"{FREETDS}" in odbcinst.ini, or libtdsodbc.so: not there',
    ]
    others = f"\n  odbcinst.ini has: {', '.join(names)}" if names else ""
    return SourceError(
        "no ODBC driver for SQL Server was found; looked for\n  - " + "\n  - ".join(looked) + others,
        hint="pip install 'cdcmig[mssql]'",
    )
