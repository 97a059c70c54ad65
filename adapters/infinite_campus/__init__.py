"""Infinite Campus by OneRoster 1.2 or 1.1 (reference/sis-apis.md section 4)."""
