"""Who may see a section. Decided on the roster the server has, never on what a token says of sections."""

from collections.abc import Collection

from streams.web.auth.people import Person, Role


def may_see(person: Person, tenant: str, section: str, teachers: Collection[str]) -> bool:
    """`teachers` are the section's, as its newest SectionBound told; none when it is not bound, or not known."""
    if not person.of_tenant(tenant):
        return False
    if person.section is not None and person.section != (tenant, section):
        return False
    return person.oversees or (person.role is Role.TEACHER and person.id in teachers)


def may_oversee(person: Person, tenant: str) -> bool:
    """Whether the whole district is theirs to see. One section's launch link never is."""
    return person.oversees and person.section is None and person.of_tenant(tenant)


def may_publish(person: Person, tenant: str) -> bool:
    """Whether they may hand in changes of that district as its LMS would."""
    machine = person.role in (Role.PUBLISHER, Role.OPERATOR)
    return machine and person.section is None and person.of_tenant(tenant)
