"""The command line: reads words, opens inputs, asks one question, hands the answer to one reporter."""
