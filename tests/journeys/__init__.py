"""The main jobs, walked through in a real browser against the real server: what a person sees, types and clicks."""
