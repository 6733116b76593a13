"""What a protocol says: orders, days, doses and the plan that follows from them. Knows no patient."""
