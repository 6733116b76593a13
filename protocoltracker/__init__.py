"""Room 0: how the product runs and who works here. Imports no other room.

The Celery application is in protocoltracker.celery, where `celery --app=protocoltracker` finds it: a web worker needs
none, and starts lighter without.
"""
