"""Runs the merge and purge procedures, and reports their state to operators."""
