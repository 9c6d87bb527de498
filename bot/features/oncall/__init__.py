"""On call: who is called first for each service, until when, who comes then, and a way to call them."""
