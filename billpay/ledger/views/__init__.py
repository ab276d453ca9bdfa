"""Pages about the books: the chart that owners keep, and what the books say."""
