"""The sections of site.toml, one module a topic: each key has a default and a description."""
