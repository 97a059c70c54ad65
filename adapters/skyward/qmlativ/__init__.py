"""Qmlativ's Generic API (reference/sis-apis.md section 3D): the SIS gives the ids, PUT creates, POST updates."""
