"""What became of the patients, in numbers: pure statistics, definitions, and the one module that reads the database."""
