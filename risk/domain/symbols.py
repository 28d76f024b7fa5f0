"""How a rule spells a symbol: as orders do, or it would bind nothing."""


def canonical_symbol(symbol: str) -> str:
    return symbol.strip().upper()
