"""Build logs of every kind → builds with the seconds of their steps."""
