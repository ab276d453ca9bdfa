"""Matching bank transactions with payments, and taking matches back."""
