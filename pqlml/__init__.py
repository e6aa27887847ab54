"""pqlml: product-qualified leads from product usage.

A feature is a function of what was known strictly before a cutoff; a label is a function of what happened in a window
after it. Everything else follows from that. Start with :mod:`pqlml.pipeline`.
"""

__version__ = "0.1.0"
