"""Settings. ``base`` holds every one of them; ``env`` reads the environment, typed."""

from trading.settings.base import *  # noqa: F403 - a settings module is its names
