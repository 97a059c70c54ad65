"""TCP ports on loopback: which are free, which are taken, which answer."""

import random
import socket

from deploy.kafka.properties import HOST, Ports

# Below the range that systems hand out to outgoing connections: no client ever sits on a stopped broker's port.
PORT_RANGE = range(20_000, 32_000)


def choose_ports(brokers: int, first: int | None) -> list[Ports]:
    """Ports for so many nodes: client ports from `first` on, or free ones; controller ports are always free ones."""
    free = free_ports(brokers if first is not None else 2 * brokers)
    clients = list(range(first, first + brokers)) if first is not None else free[brokers:]
    return [Ports(client, controller) for client, controller in zip(clients, free, strict=False)]


def free_ports(count: int) -> list[int]:
    """So many different ports that nothing listens on now."""
    free: list[int] = []
    for port in random.sample(PORT_RANGE, len(PORT_RANGE)):
        if len(free) == count:
            break
        if not taken(port):
            free.append(port)
    return free


def taken(port: int) -> bool:
    """Whether a program listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def accepts(port: int) -> bool:
    """Whether a connection to the port succeeds within a second."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0
