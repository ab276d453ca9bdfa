"""Pages about paying, payments and batches."""
