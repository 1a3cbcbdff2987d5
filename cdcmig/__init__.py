"""cdcmig: Alembic migration repositories for the PostgreSQL side of a SQL Server CDC pipeline."""

__version__ = "0.1.0"
