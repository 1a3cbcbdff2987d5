from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import URL, text

from cdcmig.errors import ConfigErrors, TargetError, UnreachableError
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


def test_defaults_of_the_database_that_would_end_a_merge_do_not_hold(database_url: URL) -> None:
    with target.connect(database_url, autocommit=True) as connection:
        name = connection.dialect.identifier_preparer.quote_identifier(str(database_url.database))
        for setting in ("statement_timeout = '1s'", "default_transaction_isolation = 'serializable'"):
            connection.exec_driver_sql(f"ALTER DATABASE {name} SET {setting}")
    with target.connect(database_url, autocommit=True) as connection:
        assert connection.scalar(text("SHOW statement_timeout")) == "0"
        assert connection.scalar(text("SHOW transaction_isolation")) == "read committed"


def test_options_of_the_url_are_kept_and_the_search_path_is_ours(database_url: URL) -> None:
    url = database_url.update_query_dict({"options": "-cwork_mem=7MB -csearch_path=tenant"})
    with target.connect(url) as connection:
        assert connection.scalar(text("SHOW work_mem")) == "7MB"
        assert connection.scalar(text("SHOW search_path")) == target.SEARCH_PATH


def test_no_password_of_a_query_is_shown() -> None:
    url = target.parsed("postgresql://me@127.0.0.1:1/shop?password=Geheim1&sslpassword=Geheim2")
    with pytest.raises(UnreachableError) as caught, target.connect(url):
        pass
    assert "Geheim" not in str(caught.value)
    assert "me@127.0.0.1:1/shop" in str(caught.value)


def test_an_environment_needs_sink_groups_yaml_alone(tmp_path: Path) -> None:
    (tmp_path / "services").mkdir()
    (tmp_path / "services" / "shop.yaml").write_text("shop: {unfinished: edit")
    (tmp_path / "services" / "sink-groups.yaml").write_text(
        "sink_shop: {source_group: shop, servers: {default: {type: postgres, host: h}},"
        " sources: {orders: {prod: {server: default, database: live}}}}"
    )
    url = target.resolve(tmp_path, None, "sink_shop.orders", "prod")
    assert (url.host, url.database) == ("h", "live")
    with pytest.raises(ConfigErrors, match='no environment "prd"; did you mean "prod"'):
        target.resolve(tmp_path, None, "sink_shop.orders", "prd")
