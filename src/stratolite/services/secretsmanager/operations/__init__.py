"""Operations, one module per resource noun."""
