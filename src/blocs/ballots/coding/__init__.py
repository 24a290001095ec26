"""The coding rules: from ballots to profiles, with an account of every ballot."""
