"""The server-rendered pages: the only place where the apps meet on a screen."""
