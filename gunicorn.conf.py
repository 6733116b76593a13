"""The web server's settings wherever it is started: `make run`, Procfile, compose."""

worker_class = "gthread"
workers = 2
threads = 4
preload_app = True  # loaded once, then forked: half the time to the first page, and memory shared
graceful_timeout = 8  # seconds for requests that are under way when it stops
control_socket_disable = True
