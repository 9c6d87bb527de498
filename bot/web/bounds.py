"""What goes beyond our bounds."""


class TooLarge(Exception):
    """More bytes than we take."""


class TooSlow(Exception):
    """The sender did not finish in time."""
