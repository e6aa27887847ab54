"""Scoring: probabilities, points and tiers for every entity, and the runs that are published for readers."""
