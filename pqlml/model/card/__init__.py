"""Learned points: a model told as a points card."""

from pqlml.model.card.criteria import condition
from pqlml.model.card.learned import CardPlan, LearnedCard, LearnedRule, learn_card

__all__ = ["CardPlan", "LearnedCard", "LearnedRule", "condition", "learn_card"]
