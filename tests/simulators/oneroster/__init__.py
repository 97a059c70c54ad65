"""OneRoster 1.2 as every SIS that speaks it has it in common [D:1ED12] [D:LONG]; dialects sit beside this folder."""
