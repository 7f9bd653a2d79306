"""The named refusals of the keyholder's protocol."""


class Refused(Exception):
    """A refusal by name: sign-in-needed, not-found, not-permitted, invalid, log-behind, unavailable."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
