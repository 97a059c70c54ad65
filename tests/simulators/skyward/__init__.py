"""Skyward: SMS 2.0 by its OneRoster door, and Qmlativ by its Generic API and its OneRoster door (sis-apis 3).

Both are told by ``switches`` of the seed, beside what all systems share::

    "skyward_excluded": "ignore"        an exempt score is taken and thrown away, since excluded scores do not
                                        travel [D3:OTUS-SKY]; or "refuse" with 422, or "keep"
    "skyward_bulk": null                whether OneRoster 1.2 has bulk POST (else 405); by default SMS 2.0 has it,
                                        as in the standard, and Qmlativ takes one per call [I] (sis-apis 0.1)

``codes`` of the seed are the codes of categories, default their ids. Two categories of one description are told
apart by the code in brackets, ``Homework (HW2)`` [D3:CANVAS-SKY]; so they are listed, and so ``PUT
/categories/{id}`` finds the category that the vendor's group stands for.  A group that is none of them is refused
as an invalid assignment group.

:mod:`tests.simulators.skyward.sms` and :mod:`tests.simulators.skyward.qmlativ` say the rest.
"""
