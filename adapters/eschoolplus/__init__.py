"""eSchoolPLUS by its OneRoster 1.2 dialect (reference/sis-apis.md section 2)."""
