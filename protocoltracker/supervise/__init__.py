"""What `make run` runs: everything the product needs on one machine, started in order, watched, stopped in order.

    database -> broker -> migrations, protocol, pages' files, demo -> worker, beat, web

PostgreSQL is left out where DATABASE_URL is set, Valkey where CELERY_BROKER_URL is. Ctrl-C, SIGTERM and SIGHUP stop it
all at any moment, also while it is starting; a second Ctrl-C does not wait for anybody. What goes on in the services
is in home/logs/; the terminal gets one line an event.
"""
