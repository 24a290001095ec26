"""Questions asked of fits: how many types, and the type of every ballot."""
