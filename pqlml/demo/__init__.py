"""Demonstrations: data sets that anybody can get, each one definition file and one small loader."""

from pqlml.demo.catalogue import DEMOS, Demo

__all__ = ["DEMOS", "Demo"]
