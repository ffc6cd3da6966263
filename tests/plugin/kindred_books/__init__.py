"""A third party's plugin: it uses the public contract and changes no line of the platform."""
