"""The routes of the hasher-matcher-actioner, so that its clients can ask kindward instead.

They are off unless ``service.hma`` is set, always require a token, never fetch an address, and write into one imported
bank named ``local`` only. Requests and answers are those that HMA 1.1.7 was seen to give.
"""
