"""The parts of ``benchmarks/explain.py``: leads and models, engines side by side, days, shapes, and the page."""
