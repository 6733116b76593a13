"""Who read what identifies a patient: one row a page shown, added to and never changed."""
