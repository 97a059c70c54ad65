"""Skyward: SMS 2.0 and Qmlativ by OneRoster, Qmlativ by its Generic API (reference/sis-apis.md section 3)."""
