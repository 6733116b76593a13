"""Invented sites, people and patients, entered through the real actions. Only ever for the embedded database."""
