"""What people type. Forms read and check single fields; whether a write is allowed is decided by the actions."""
