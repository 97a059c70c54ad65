"""Everything on one machine: the sample district, the stack of `make up`, and `make demo` with its oracle."""
