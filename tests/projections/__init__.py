"""Claims about the read models."""
