"""A file of former patients: its columns, how it is read, and what is wrong with it. Pure: bytes in, findings out."""
