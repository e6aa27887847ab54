"""The parts of ``benchmarks/features.py``: one data set, one matrix of features, and one file per road to it."""
