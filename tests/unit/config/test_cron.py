"""Which schedules pg_cron takes."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from cdcmig.config.cron import CronSchedule

SCHEDULE: TypeAdapter[str] = TypeAdapter(CronSchedule)


@pytest.mark.parametrize(
    "schedule",
    [
        "1 second",
        "59 seconds",
        "30 SECONDS",
        "* * * * *",
        "*/5 * * * *",
        "0,30 8-17/2\t* Jan-mar,12 mon-Fri",
        "05 4 31 12 7",
        "0 0 $ * *",
        "0 0 1,$ * 0",
        "@hourly",
        "@reboot",
    ],
)
def test_taken(schedule: str) -> None:
    assert SCHEDULE.validate_python(schedule) == schedule


@pytest.mark.parametrize(
    "schedule",
    [
        "",
        "0 seconds",
        "60 seconds",
        "5 minutes",
        "every now and then",
        "every now and then again",
        "* * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "1/20 * * * *",
        "*/0 * * * *",
        "jan * * * *",
        "@sometimes",
    ],
)
def test_refused(schedule: str) -> None:
    with pytest.raises(ValidationError, match="pg_cron does not accept the schedule"):
        SCHEDULE.validate_python(schedule)
