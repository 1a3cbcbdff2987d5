"""Alembic's environment: cdcmig chooses the database, the branch and what is compared."""

from logging.config import fileConfig

from alembic import context

from cdcmig.runtime.environment import run

if context.config.config_file_name is not None:
    fileConfig(context.config.config_file_name, disable_existing_loggers=False)

run(context)
