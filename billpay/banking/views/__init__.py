"""Pages about the company's own bank accounts."""
