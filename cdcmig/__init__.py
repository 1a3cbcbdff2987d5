"""cdcmig: Alembic migration repositories for the PostgreSQL side of a SQL Server CDC pipeline."""

from cdcmig.runtime.binding import bind

__all__ = ["__version__", "bind"]

__version__ = "0.1.0"
