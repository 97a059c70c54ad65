"""`python -m streams`: the same as `gradebook-sync`."""

from streams.cli import main

main()
