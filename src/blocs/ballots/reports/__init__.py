"""Answers about contests from ballots and profiles, without a model."""
