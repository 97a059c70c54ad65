"""eSchoolPLUS (SunGard, then PowerSchool): its OneRoster 1.2 dialect, from sis-apis section 2."""
