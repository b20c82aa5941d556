"""Every question that Layerscope answers, as a function: it opens what it is asked about, and gives one answer.

What a function needs is imported when it is called: who asks one question pays for that one.
"""
