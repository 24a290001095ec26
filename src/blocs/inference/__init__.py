"""Questions asked of fits: how many types."""
