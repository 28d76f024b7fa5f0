"""What share of a position's market value must be the holder's own, by rule."""

from decimal import Decimal

LONG_MAINTENANCE_RATE = Decimal("0.25")  # FINRA Rule 4210(c)(1)
SHORT_MAINTENANCE_RATE = Decimal(
    "0.30"
)  # FINRA Rule 4210(c)(3), of shares of five dollars and more
NO_LOAN_VALUE_RATE = Decimal(1)  # Regulation T, 12 CFR 220.12: no margin security
