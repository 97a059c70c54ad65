"""Who asks, and what they may see: tokens, keys, people, launch links, limits. Everything but `jwks` is pure."""
