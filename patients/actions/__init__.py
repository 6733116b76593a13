"""Every write of the room: one keyword-only function each, `by=` and, for a change, `reason=`; one transaction."""
