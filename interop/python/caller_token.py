"""The caller key in the shape in which the project SDKs take credentials: a token credential."""

import time

from azure.core.credentials import AccessToken

from report import KEY


class CallerKey:
    """Gives the same text for every scope, for an hour."""

    def __init__(self, key: str = KEY) -> None:
        self._key = key

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        return AccessToken(self._key, int(time.time()) + 3600)
