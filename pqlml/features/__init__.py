"""Features: data that says what is counted, and the one road from it to columns."""

from pqlml.features.build import build_features
from pqlml.features.catalogue import catalogue, check_points, feature_by_name
from pqlml.features.spec import Feature
from pqlml.features.vocabulary import Vocabulary, learn_vocabulary, vocabulary_without_data

__all__ = [
    "Feature",
    "Vocabulary",
    "build_features",
    "catalogue",
    "check_points",
    "feature_by_name",
    "learn_vocabulary",
    "vocabulary_without_data",
]
