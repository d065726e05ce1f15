"""Claims about market data."""
