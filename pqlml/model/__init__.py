"""The model: estimator, points scorecard, splits, calibration and metrics."""
