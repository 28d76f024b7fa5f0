"""What share of a position's market value must be the holder's own, by rule."""

from decimal import Decimal

# FINRA Rule 4210(c)(1).
LONG_MAINTENANCE_RATE = Decimal("0.25")
# FINRA Rule 4210(c)(3), of shares of five dollars and more.
SHORT_MAINTENANCE_RATE = Decimal("0.30")
# Regulation T, 12 CFR 220.12: no margin security.
NO_LOAN_VALUE_RATE = Decimal(1)
