"""The base of every error we anticipate."""


class TradingError(Exception):
    """
    An anticipated error: it has a name, says what happened and carries the facts.

    ``code`` is a stable word for programs, the message is for people, ``context`` holds the values
    that explain it. Subclasses live beside the function that raises them.
    """

    code = "TRADING_ERROR"

    def __init__(self, message: str, **context: object) -> None:
        super().__init__(message)
        self.message = message
        self.context = context
