"""Daywatch: the ChatOps bot of an on-call team."""

__version__ = "0.1.0"
