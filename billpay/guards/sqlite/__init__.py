"""Django's SQLite backend, made to keep triggers when it remakes a table."""
