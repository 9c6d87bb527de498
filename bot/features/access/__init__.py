"""Access reviews: who may do what, looked at by people once in a while, decided one by one, and signed off."""
