"""What things are: frozen dataclasses without behaviour of their own."""
