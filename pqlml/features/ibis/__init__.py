"""Features with Ibis, on any engine: time is cut into cells that no window divides, and windows are sums of cells."""

from pqlml.features.ibis.execute import ibis_features, ibis_table
from pqlml.features.ibis.profile import profile_query

__all__ = ["ibis_features", "ibis_table", "profile_query"]
