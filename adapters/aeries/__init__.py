"""Aeries by its own API, /api/v5 (reference/sis-apis.md section 5)."""
