"""Tests of the SQL Server side: against recordings, and live when CDCMIG_TEST_MSSQL_URL is set."""
