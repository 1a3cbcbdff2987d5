"""From desired state to new revisions: replay what has landed, compare, group the tenants, write."""
