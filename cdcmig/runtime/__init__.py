"""What runs inside Alembic: the environment, binding, locks, history, the target database."""
