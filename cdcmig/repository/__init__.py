"""The files of a migration repository: paths, changesets, tenant revisions, checksums, scaffold."""
