"""How gradebook-sync runs: broker, local stack, containers, dashboards. Nothing below imports this."""
