"""JSON pointers (RFC 6901): where in a body something is wrong."""


def escaped(name: str) -> str:
    """A name as one part of a pointer."""
    return name.replace("~", "~0").replace("/", "~1")
