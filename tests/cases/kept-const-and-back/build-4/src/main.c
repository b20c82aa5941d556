third
