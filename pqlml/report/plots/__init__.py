"""The plots of the report: each draws on a figure of its own and returns a picture."""
