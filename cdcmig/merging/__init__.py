"""Running what the changesets put into the database: merges, purges, and what operators ask about them."""
