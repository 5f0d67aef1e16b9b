"""What functions share by a layer."""


def named(greeting, name):
    return f"{greeting} {name}"
