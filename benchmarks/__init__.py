"""Figures for `make bench`: each with its ratio to a floor measured in the same run."""
