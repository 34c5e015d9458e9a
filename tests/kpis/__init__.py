"""What the KPI reports say of a story small enough to be reckoned on paper."""
