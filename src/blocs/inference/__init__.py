"""Questions asked of fits: how many types, whether they fit, which are the same, and the type of every ballot."""
