"""The YAML files of a migration repository: pydantic models, and a loader that reports file and line."""
