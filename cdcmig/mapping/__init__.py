"""From SQL Server's types and names to PostgreSQL's, and the columns that CDC adds."""
