"""Settings, routes and the console: the only place that knows every module."""
