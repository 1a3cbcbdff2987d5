from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import URL, text

from cdcmig.errors import TargetError
from cdcmig.runtime import target


def test_several_commands_at_once_find_the_database_missing(server_url: URL) -> None:
    url = server_url.set(database='made "at once"')

    def current(_number: int) -> str | None:
        with target.connect(url) as connection:
            return connection.scalar(text("SELECT current_database()"))

    target.drop_database(url)
    try:
        with ThreadPoolExecutor(6) as pool:
            assert set(pool.map(current, range(6))) == {'made "at once"'}
    finally:
        target.drop_database(url)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2", "postgresql+psycopg"])
def test_the_driver_is_the_required_one_whatever_the_url_says(scheme: str) -> None:
    """SQLAlchemy 2.1 takes psycopg for `postgresql://`: not required, and its errors have no `pgcode`."""
    assert target.parsed(f"{scheme}://me@host/shop").drivername == "postgresql+psycopg2"


@pytest.mark.parametrize(
    ("text_", "told"),
    [
        ("nonsense", "cannot be read"),
        ("postgresql://me:secret@host:port/shop", "cannot be read"),
        ("mysql://me:secret@host/shop", "mysql is not PostgreSQL"),
    ],
)
def test_what_is_no_url_of_postgresql(text_: str, told: str) -> None:
    with pytest.raises(TargetError, match=told) as caught:
        target.parsed(text_)
    assert "secret" not in str(caught.value)
