"""Text to BERT's seven columns, in plain Python: no framework, ever.

The modules, in the order in which the data pass through them:

    download     where a data set is, or how it gets here
    corpus       files -> paragraphs
    sentences    a paragraph -> its sentences
    vocab        sentences -> tokens -> ids
    nsp          neighbouring sentences -> labelled pairs
    mlm          a pair -> a pair with some tokens masked
    columns      examples -> seven padded columns
    pretraining  all of it: paragraphs -> Examples
    reviews      another way: film reviews -> Examples
    halves       its pairs: each sentence padded and masked on its own
    display      an example, as coloured text or HTML
"""
