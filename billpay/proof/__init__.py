"""The proof: every invariant by name, with the figures on both sides. It reads downward, and owns nothing."""
