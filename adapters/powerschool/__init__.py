"""PowerSchool SIS by its own gradebook API, /ws/xte (reference/sis-apis.md section 1)."""
