"""Aeries: its own v5 API with a certificate in a header, from sis-apis section 5.

Each class of the seed has a gradebook of its own, or shares that of another. ``gradebook`` of a class sets it up::

    {"linkedGroup": 0,                     equal numbers above 0, in one school and with one teacher, are linked
     "sharedWith": "class-1" or left out,  the section is fed by the gradebook of that class
     "minMax": [0, 100] or left out,       scores must lie between them
     "rubric": false,                      whether rubric assignments are allowed
     "weights": false}                     DoingWeight

``denied`` takes rights of the certificate: ``Gradebook Data``, ``Gradebook Data Update``, ``Gradebook Scores``,
``Gradebook Scores Update``, ``Calendar`` [D:AER-GB] [D:AER-SCH]; or one call, ``POST /api/v5/gradebooks/...``.

Readings of what the reference leaves open [I], beside those each module names: fields of the read shape in a write
are ignored, every other unknown field is 400; ``DatabaseYear`` changes nothing, as a bad value would; addresses do
not mind upper and lower case.

Left out: the API versions before 5, sections fed by several gradebooks, final marks, standards, narrative grades,
and the OneRoster 1.1 door.
"""
