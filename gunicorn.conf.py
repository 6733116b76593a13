"""The web server's settings wherever it is started: `make run`, Procfile, compose."""

import os

worker_class = "gthread"
workers = 2
threads = 4
preload_app = True  # loaded once, then forked: half the time to the first page, and memory shared
graceful_timeout = 8  # seconds for requests that are under way when it stops
control_socket_disable = True

if os.environ.get("LOG_FORMAT") == "json":
    logconfig_dict = {
        "formatters": {"generic": {"()": "protocoltracker.logs.Lines"}},
        "root": {"level": os.environ.get("LOG_LEVEL", "WARNING"), "handlers": ["error_console"]},
        "loggers": {
            "gunicorn.error": {"level": "INFO", "handlers": ["error_console"], "propagate": False},
            "gunicorn.access": {"level": "WARNING", "handlers": ["error_console"], "propagate": False},
        },
    }
