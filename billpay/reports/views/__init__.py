"""What the books say, on pages and as files."""
