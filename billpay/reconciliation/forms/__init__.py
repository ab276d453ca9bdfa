"""Forms of reconciliation: text in, typed values out."""
