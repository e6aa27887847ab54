"""Learned points: a model told as a points card."""

from pqlml.model.card.learned import CardPlan, LearnedCard, LearnedRule, learn_card

__all__ = ["CardPlan", "LearnedCard", "LearnedRule", "learn_card"]
