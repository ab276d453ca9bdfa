"""Forms of payments: text in, typed values and orders out."""
