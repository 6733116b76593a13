"""Who works here: people, sites, and the roles that people have at sites."""
