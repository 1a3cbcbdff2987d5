"""SQL Server: connections, reflection, change data capture, snapshots. Nothing else knows its dialect."""
