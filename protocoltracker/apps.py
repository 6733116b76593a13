from django.apps import AppConfig


class ProtocoltrackerConfig(AppConfig):
    name = "protocoltracker"

    def ready(self) -> None:
        from protocoltracker import checks  # noqa: F401 (registers the deployment checks)
