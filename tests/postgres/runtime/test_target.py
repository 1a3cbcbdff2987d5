from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import URL, text

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
