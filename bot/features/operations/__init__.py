"""Running it: what is connected, who may do what, the settings file read again, and everybody's App Home."""
