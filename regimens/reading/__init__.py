"""How regimens.loading reads a protocol file: text -> tree -> values with faults -> definition -> sums."""
